"""Pack the chapters with the library: `nearfar lab` copies them from there."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class WithChapters(build_py):
    def run(self):
        super().run()
        if self.editable_mode:  # then they are where the clone has them
            return
        packed = Path(self.build_lib, "nearfar", "chapters")
        self.mkpath(str(packed))
        for chapter in sorted(Path("chapters").glob("*.ipynb")):
            self.copy_file(str(chapter), str(packed))


setup(cmdclass={"build_py": WithChapters})
