"""What the library asks of IPython; in the page, `kernel` does its work."""
