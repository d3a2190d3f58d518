"""Pack the chapters with the library: `nearfar lab` copies them from there.

Beside them stands the address of the site, to which their copies link.
"""

import runpy
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
        site = runpy.run_path("docs/_ext/repository.py")["public_site"]()
        (packed / "site.txt").write_text(site)


setup(cmdclass={"build_py": WithChapters})
