"""Stand-ins for what a browser lacks; each module here replaces one."""


def install():
    """Put the stand-ins where `import` finds them."""
    import hashlib

    from . import scrypt

    hashlib.scrypt = scrypt.scrypt
