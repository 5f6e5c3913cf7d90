#!/usr/bin/env python3
"""cpack's packages, of the tree as it is built: lintian has no errors, the programs run from an unpacked one, and each file is where
its reader looks. Usage: package_test.py BUILD_DIRECTORY"""
import gzip
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest
from pathlib import Path

BUILD = Path(sys.argv.pop())
FILES = {
    "usr/bin/kaizend", "usr/bin/kaizenctl", "usr/lib/systemd/user/kaizend.service", "usr/lib/systemd/user/kaizend.socket",
    "usr/share/man/man1/kaizend.1.gz", "usr/share/man/man1/kaizenctl.1.gz", "usr/share/man/man5/kaizen-config.5.gz",
    "usr/share/bash-completion/completions/kaizenctl", "usr/share/zsh/vendor-completions/_kaizenctl",
    "usr/share/fish/vendor_completions.d/kaizenctl.fish", "usr/share/doc/kaizend/copyright",
    "usr/share/doc/kaizend/changelog.Debian.gz"}


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.TemporaryDirectory(prefix="kaizen-package-")
        cls.directory = Path(cls.place.name)
        done = subprocess.run(["cpack", "--config", BUILD / "CPackConfig.cmake", "-B", cls.directory], capture_output=True, text=True)
        if done.returncode != 0:
            raise AssertionError(done.stdout + done.stderr)
        [cls.deb] = cls.directory.glob("*.deb")
        [cls.tar] = cls.directory.glob("*.tar.gz")
        cls.root = cls.directory / "root"
        subprocess.run(["dpkg-deb", "-x", cls.deb, cls.root], check=True)

    @classmethod
    def tearDownClass(cls):
        cls.place.cleanup()

    def field(self, name):
        return subprocess.run(["dpkg-deb", "-f", self.deb, name], check=True, capture_output=True, text=True).stdout.strip()

    def test_the_programs_run_from_it(self):
        for name in ("kaizend", "kaizenctl"):
            done = subprocess.run([self.root / "usr/bin" / name, "--version"], check=True, capture_output=True, text=True)
            self.assertEqual(done.stdout, f"{name} {self.field('Version').split('-')[0]}\n")

    def test_every_file_has_its_place_and_mode(self):
        there = {path.relative_to(self.root).as_posix() for path in self.root.rglob("*") if path.is_file()}
        self.assertEqual(FILES - there, set())
        for path in self.root.rglob("*"):
            self.assertEqual(path.stat().st_mode & 0o777, 0o755 if path.is_dir() or path.parent.name == "bin" else 0o644, path)
        self.assertFalse([name for name in there if "kaizen_" in name or "write_manual" in name])

    def test_the_unit_starts_the_packaged_program_and_is_not_enabled(self):
        unit = (self.root / "usr/lib/systemd/user/kaizend.service").read_text()
        self.assertIn('ExecStart="/usr/bin/kaizend"\n', unit)
        self.assertEqual([path for path in self.root.rglob("*") if path.is_symlink()], [])
        scripts = subprocess.run(["dpkg-deb", "--ctrl-tarfile", self.deb], check=True, capture_output=True).stdout
        with tempfile.TemporaryFile() as file:
            file.write(scripts)
            file.seek(0)
            names = {Path(name).name for name in tarfile.open(fileobj=file).getnames()}
        self.assertEqual(names & {"postinst", "preinst", "prerm", "postrm"}, set())

    def test_it_depends_on_what_it_uses(self):
        depends = self.field("Depends")
        for package in ("libc6", "libsqlite3-0", "libssl3", "libre2-9", "procps"):
            self.assertIn(package, depends)

    def test_the_changelog_ends_with_this_version(self):
        text = gzip.decompress((self.root / "usr/share/doc/kaizend/changelog.Debian.gz").read_bytes()).decode()
        self.assertEqual(re.match(r"kaizend \(([^)]*)\)", text)[1], self.field("Version"))

    def test_the_archive_is_for_usr_local(self):
        with tarfile.open(self.tar) as archive:
            [unit] = [name for name in archive.getnames() if name.endswith("lib/systemd/user/kaizend.service")]
            self.assertIn('ExecStart="/usr/local/bin/kaizend"\n', archive.extractfile(unit).read().decode())

    def test_lintian_finds_no_errors(self):
        if shutil.which("lintian") is None:
            self.skipTest("no lintian here")
        done = subprocess.run(["lintian", "--allow-root", "--fail-on", "error", "--tag-display-limit", "0", self.deb],
                              capture_output=True, text=True, env={**os.environ, "LC_ALL": "C.UTF-8"})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        print(done.stdout)


if __name__ == "__main__":
    unittest.main()
