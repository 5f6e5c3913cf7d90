"""kaizenctl service: against a systemctl of the test's own, which records what it is asked and answers as a scenario says; and what is
written is what systemd takes."""
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import harness

# Keeps "enabled" and "active" as files; `answers` may say otherwise: a word, its exit code and what it says on stderr.
SYSTEMCTL = """#!{python} -IS
import json, sys
from pathlib import Path
place = Path({place!r})
words = [w for w in sys.argv[1:] if not w.startswith("--no-pager")]
with open(place / "calls", "a") as calls:
    calls.write(json.dumps([Path(sys.argv[0]).name, *words]) + "\\n")
answers = json.loads((place / "answers").read_text()) if (place / "answers").exists() else {{}}
verb = next(w for w in words if not w.startswith("--"))
for key in (verb, "*"):
    if key in answers:
        sys.stderr.write(answers[key][1])
        sys.exit(answers[key][0])
enabled, active = place / "enabled", place / "active"
if verb == "show":
    units = [Path({unit!r}), place / "packaged/kaizend.service"]
    unit = next((u for u in units if u.exists()), None)
    said = {{"LoadState": "loaded" if unit else "not-found", "ActiveState": "active" if active.exists() else "inactive",
            "UnitFileState": "enabled" if enabled.exists() else "disabled" if unit else "", "FragmentPath": str(unit or ""),
            "MainPID": "4242" if active.exists() else "0", "Result": "success", "ExecMainStatus": "0", **answers.get("said", {{}})}}
    print("\\n".join(f"{{k}}={{v}}" for k, v in said.items()))
elif verb == "show-user":
    print("Linger=no")
elif verb in ("enable", "disable"):
    (enabled.touch if verb == "enable" else lambda: enabled.unlink(missing_ok=True))()
    (active.touch if verb == "enable" else lambda: active.unlink(missing_ok=True))()
elif verb in ("start", "restart"):
    active.touch()
elif verb == "stop":
    active.unlink(missing_ok=True)
elif Path(sys.argv[0]).name == "journalctl":
    print("journal of", *words)
"""


class Service(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory(prefix="kaizen-service-")
        self.addCleanup(place.cleanup)
        self.place = Path(place.name)
        self.home, self.bin, self.tools = self.place / "home", self.place / "my programs", self.place / "tools"
        for directory in (self.home, self.bin, self.tools):
            directory.mkdir()
        for program in (harness.KAIZEND, harness.KAIZENCTL):
            os.symlink(program, self.bin / Path(program).name)
        self.unit = self.home / ".config/systemd/user/kaizend.service"
        text = SYSTEMCTL.format(python=sys.executable, place=str(self.place), unit=str(self.unit))
        for name in ("systemctl", "loginctl", "journalctl"):
            (self.tools / name).write_text(text)
            (self.tools / name).chmod(0o755)

    def answers(self, **answers):
        (self.place / "answers").write_text(json.dumps(answers))

    def ctl(self, *words, path=None, **env):
        """The link to kaizenctl stands elsewhere than what it leads to, so kaizend comes from PATH."""
        path = f"{self.tools}:{self.bin}" if path is None else path
        return subprocess.run([harness.KAIZENCTL, *words], capture_output=True, text=True, timeout=harness.DEADLINE,
                              env={"PATH": path, "HOME": str(self.home), "LANG": "C.UTF-8", **env})

    def done(self, *words, code=0, **env):
        done = self.ctl("service", *words, **env)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def calls(self):
        file = self.place / "calls"
        calls = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
        file.unlink(missing_ok=True)
        return calls

    def changes(self):
        return [" ".join(call) for call in self.calls() if call[0] == "systemctl" and "show" not in call]

    def state(self):
        return json.loads(self.ctl("service", "status", "--json").stdout)

    def exec_start(self):
        return [line for line in self.unit.read_text().splitlines() if line.startswith("ExecStart=")]

    def test_install_writes_enables_and_starts_and_says_how_to_undo_it(self):
        said = self.done("install")
        self.assertIn("wrote ~/.config/systemd/user/kaizend.service", said)
        self.assertIn("started: pid 4242", said)
        self.assertIn("kaizenctl service uninstall", said)
        self.assertIn("enable-linger", said)
        self.assertEqual(self.changes(), ["systemctl --user daemon-reload", "systemctl --user enable --now kaizend.service"])
        self.assertEqual(self.exec_start(), [f'ExecStart="{self.bin}/kaizend"'])
        self.assertEqual(stat.S_IMODE(self.unit.stat().st_mode), 0o600)
        self.assertLessEqual({p.name for p in self.unit.parent.iterdir()}, {"kaizend.service", "kaizend.socket"})
        source = (Path(__file__).parents[2] / "systemd/kaizend.service").read_text()
        self.assertEqual(self.unit.read_text().split("\n", 1)[1], source.replace("@bindir@", str(self.bin)))

    def test_install_again_changes_nothing_and_an_old_unit_is_renewed(self):
        self.done("install")
        self.calls()
        self.assertIn("installed already", self.done("install"))
        self.assertEqual(self.changes(), [])
        self.unit.write_text(self.unit.read_text() + "# an older text\n")
        self.assertIn("wrote", self.done("install"))
        self.assertNotIn("an older text", self.unit.read_text())
        self.assertEqual(self.changes(), ["systemctl --user daemon-reload", "systemctl --user restart kaizend.service"])

    def test_kaizend_beside_kaizenctl_comes_before_the_one_on_path(self):
        beside = self.place / "beside"
        beside.mkdir()
        for program in (harness.KAIZEND, harness.KAIZENCTL):
            shutil.copy(program, beside / Path(program).name)
        done = subprocess.run([beside / "kaizenctl", "service", "install"], capture_output=True, text=True, timeout=harness.DEADLINE,
                              env={"PATH": f"{self.tools}:{self.bin}", "HOME": str(self.home)})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.exec_start(), [f'ExecStart="{beside}/kaizend"'])

    def test_no_kaizend_anywhere(self):
        self.assertIn("there is no kaizend", self.done("install", code=4, path=str(self.tools)))
        self.assertFalse(self.unit.exists())

    def test_systemd_takes_the_unit_even_of_a_directory_with_strange_characters(self):
        if shutil.which("systemd-analyze") is None:
            self.skipTest("no systemd-analyze here: the unit is not verified")
        strange = self.place / "a b 100% $c ; d"
        strange.mkdir()
        os.symlink(harness.KAIZEND, strange / "kaizend")
        self.done("install", path=f"{self.tools}:{strange}")
        with tempfile.TemporaryDirectory() as runtime:
            verified = subprocess.run(["systemd-analyze", "--user", "--man=no", "verify", self.unit], capture_output=True, text=True,
                                      env={**os.environ, "XDG_RUNTIME_DIR": runtime, "HOME": str(self.home)})
        self.assertEqual(verified.returncode, 0, verified.stderr)
        self.assertNotIn("kaizend.service", verified.stderr)
        self.assertEqual(self.state()["program"], f"{strange}/kaizend")

    def test_a_directory_that_no_unit_can_name(self):
        for name in ("quo'te", 'double"quote', "back\\slash", "line\nbreak"):
            strange = self.place / name
            strange.mkdir()
            os.symlink(harness.KAIZEND, strange / "kaizend")
            self.assertIn("install it elsewhere", self.done("install", code=1, path=f"{self.tools}:{strange}"))
        self.assertFalse(self.unit.exists())

    def test_a_unit_of_somebody_else_stays(self):
        self.unit.parent.mkdir(parents=True)
        self.unit.write_text("[Service]\nExecStart=/opt/mine\n")
        for words in (["install"], ["uninstall"]):
            self.assertIn("is not of kaizenctl's making", self.done(*words, code=5))
        self.assertEqual(self.unit.read_text(), "[Service]\nExecStart=/opt/mine\n")
        self.assertEqual(self.changes(), [])

    def test_the_same_unit_by_another_hand_is_taken_over(self):
        self.done("install")
        self.unit.write_text(self.unit.read_text().split("\n", 1)[1])
        self.assertIn("wrote", self.done("install"))

    def test_links_are_not_followed(self):
        self.unit.parent.mkdir(parents=True)
        target = self.place / "target"
        target.write_text("precious")
        self.unit.symlink_to(target)
        for words in (["install"], ["uninstall"]):
            self.assertIn("is a link", self.done(*words, code=5))
        self.assertEqual(target.read_text(), "precious")
        self.assertTrue(self.unit.is_symlink())

    def packaged(self, program):
        packaged = self.place / "packaged/kaizend.service"
        packaged.parent.mkdir()
        packaged.write_text(f'[Service]\nExecStart="{program}"\n')

    def test_a_packaged_unit_that_starts_the_same_program_is_used(self):
        self.packaged(f"{self.bin}/kaizend")
        self.assertIn("used as it is", self.done("install"))
        self.assertFalse(self.unit.exists())
        self.assertEqual(self.changes(), ["systemctl --user enable --now kaizend.service"])
        self.assertIn("belongs to a package, and stays", self.done("uninstall"))
        self.assertTrue((self.place / "packaged/kaizend.service").exists())
        self.assertTrue(any("disable --now kaizend.service" in change for change in self.changes()))

    def test_a_packaged_unit_that_starts_another_is_overridden(self):
        self.packaged("/usr/bin/kaizend-of-old")
        self.done("install")
        self.assertEqual(self.exec_start(), [f'ExecStart="{self.bin}/kaizend"'])

    def test_uninstall_leaves_no_unit_and_keeps_history(self):
        self.done("install")
        self.calls()
        dry = self.done("uninstall", "--dry-run")
        self.assertIn("would remove ~/.config/systemd/user/kaizend.service", dry)
        self.assertTrue(self.unit.exists())
        self.assertEqual(self.changes(), [])
        said = self.done("uninstall")
        self.assertIn("removed ~/.config/systemd/user/kaizend.service", said)
        self.assertIn("~/.local/share/kaizen (history)", said)
        self.assertFalse(self.unit.exists())
        changes = self.changes()
        self.assertTrue(changes[0].startswith("systemctl --user disable --now kaizend.service"), changes)
        self.assertEqual(changes[1:], ["systemctl --user daemon-reload"])
        self.assertIn("nothing to remove", self.done("uninstall"))

    def test_start_stop_restart_and_status(self):
        self.assertEqual(self.ctl("service", "status").returncode, 4)
        self.done("install")
        self.calls()
        state = self.state()
        self.assertEqual(state, {"manager": "systemd", "installed": True, "unit": str(self.unit), "program": f"{self.bin}/kaizend",
                                 "enabled": True, "state": "active", "reason": None, "pid": 4242, "lingers": False})
        self.done("stop")
        self.assertIn("inactive", self.done("status", code=3))
        self.assertIn("started: pid 4242", self.done("start"))
        self.done("restart")
        self.assertEqual(self.changes(), [f"systemctl --user {verb} kaizend.service" for verb in ("stop", "start", "restart")])

    def test_a_failed_service_says_why(self):
        self.done("install")
        self.answers(said={"ActiveState": "failed", "Result": "exit-code", "ExecMainStatus": "78", "MainPID": "0"})
        said = self.done("status", code=7)
        self.assertIn("failed", said)
        self.assertIn("exit code 78", said)
        said = self.done("start", code=1)
        self.assertIn("has failed: it ended with exit code 78", said)
        self.assertIn("kaizenctl service logs", said)

    def test_without_a_bus_it_says_what_is_in_the_way_and_writes_nothing(self):
        self.answers(**{"*": [1, "Failed to connect to bus: No medium found\n"]})
        said = self.done("install", code=1)
        if not os.path.isdir("/run/systemd/system"):
            self.assertIn("does not run systemd", said)
            self.assertIn("in the foreground: kaizend", said)
        else:
            self.assertIn("XDG_RUNTIME_DIR", said)
        self.assertFalse(self.unit.exists())

    def test_without_systemctl_it_offers_the_foreground(self):
        for words in (["install"], ["status"], ["stop"]):
            said = self.done(*words, code=1, path=str(self.bin))
            self.assertIn("does not run systemd", said)
            self.assertIn("daemon/run --background", said)

    def test_what_systemctl_says_is_shown_and_an_unknown_unit_is_not_found(self):
        self.answers(start=[5, "Failed to start kaizend.service: Unit kaizend.service not found.\n"],
                     stop=[1, "Something odd: \x1b[31mdisk on fire\n"])
        self.assertIn("not installed as a service", self.done("start", code=4))
        said = self.done("stop", code=1)
        self.assertIn("Something odd: disk on fire", said)
        self.assertNotIn("\x1b", said)

    def test_a_masked_unit(self):
        self.answers(said={"LoadState": "masked", "FragmentPath": "/dev/null"})
        self.assertIn("systemctl --user unmask kaizend", self.done("install", code=5))

    def test_a_kaizend_by_hand_is_in_the_way(self):
        (self.home / "run").mkdir()
        daemon = harness.Daemon(self.home, self.home / ".local/share/kaizen", env={"KAIZEN_HOME": ""})
        self.addCleanup(daemon.stop)
        daemon.wait_until_up()
        said = self.done("install", code=5)
        self.assertIn(f"with pid {daemon.process.pid}", said)
        self.assertFalse(self.unit.exists())

    def test_logs_are_those_of_journalctl(self):
        self.assertEqual(self.done("logs"), "journal of --user -u kaizend\n")
        self.assertEqual(self.done("logs", "-f"), "journal of --user -u kaizend -f\n")

    def test_words_that_mean_nothing(self):
        for words in (["service"], ["service", "instal"], ["service", "install", "--dry-run"], ["service", "status", "-f"]):
            self.assertEqual(self.ctl(*words).returncode, 2, words)
        self.assertIn('did you mean "install"?', self.ctl("service", "instal").stderr)

    def test_what_the_service_does_not_see_is_said(self):
        self.assertIn("KAIZEN_HOME is set in this shell", self.done("install", KAIZEN_HOME=str(self.place / "elsewhere")))


if __name__ == "__main__":
    unittest.main(verbosity=2)
