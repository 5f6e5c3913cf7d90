#!/usr/bin/env python3
"""kaizend under the unit, all of it, started by a real systemd user manager (user_manager): it does its work, and can do nothing else.

Called by itself it makes a home and starts itself again in there, as a user without privileges.
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "support"), str(HERE.parent / "e2e")]
import units  # noqa: E402

USER = 65534
DEADLINE = 60.0
SALT = "5a" * 32
LIMITS = {"CPUWeight": "20", "MemoryHigh": str(256 << 20), "MemoryMax": str(512 << 20), "TasksMax": "32", "Nice": "10",
          "OOMScoreAdjust": "500", "LimitCORE": "0", "UMask": "0077", "Restart": "on-failure",
          "RestartForceExitStatus": "79", "SuccessExitStatus": "79", "Type": "notify",
          "RestartPreventExitStatus": "64 65 75 78", "WatchdogUSec": "1min", "NotifyAccess": "main"}
# Runs inside the sandbox of the daemon: the places of its arguments that it can write to.
PROBE = 'for place; do (umask 077; : >"$place/probe") 2>/dev/null && { echo "$place"; rm "$place/probe"; }; done; :'


def run(*words, check=True):
    done = subprocess.run(words, capture_output=True, text=True, timeout=DEADLINE)
    if check and done.returncode != 0:
        raise AssertionError(f"{words}: {done.returncode}\n{done.stdout}{done.stderr}\n{manager_log()}")
    return done


def systemctl(*words, check=True):
    return run("systemctl", "--user", *words, check=check)


def manager_log():
    return (Path.home() / "manager.log").read_text()[-4000:]


def wait_for(condition, what):
    until = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > until:
            raise AssertionError(f"never: {what}\n{manager_log()}")
        time.sleep(0.02)  # how often systemd is asked; nothing depends on it


class RunningUnit(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = Path.home()
        cls.runtime = Path(os.environ["XDG_RUNTIME_DIR"])
        cls.bindir = cls.home / "bin"
        os.environ.update(KAIZEND=str(cls.bindir / "kaizend"), KAIZENCTL=str(cls.bindir / "kaizenctl"))
        cls.unit_directory = cls.home / ".config/systemd/user"
        (cls.unit_directory / "kaizend.service.d").mkdir(parents=True)
        units.fill_in(cls.unit_directory, cls.bindir)
        # So that a test need not wait; what sanitizers do at the end is not what the unit allows.
        drop_in = "[Service]\nRestartSec=100ms\nEnvironment=ASAN_OPTIONS=detect_leaks=0\n"
        (cls.unit_directory / "kaizend.service.d/test.conf").write_text(drop_in)
        wait_for(lambda: systemctl("list-units", check=False).returncode == 0, "a user manager that answers")
        systemctl("daemon-reload")

    def setUp(self):
        self.config = self.home / ".config/kaizen/config.toml"
        self.config.unlink(missing_ok=True)
        systemctl("start", "kaizend.service")
        self.addCleanup(lambda: systemctl("stop", "kaizend.socket", "kaizend.service", check=False))

    def ctl(self, *words, check=True):
        return run(self.bindir / "kaizenctl", *words, check=check)

    def show(self, key):
        return systemctl("show", "-P", key, "kaizend.service").stdout.strip()

    def configure(self, text):
        self.config.parent.mkdir(parents=True, exist_ok=True)
        self.config.write_text(text)
        self.config.chmod(0o600)

    def status_of_process(self, key):
        lines = Path(f"/proc/{self.show('MainPID')}/status").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith(key + ":"))

    def test_it_follows_files_and_sends_them_after_a_reload(self):
        from flush_case import Sessions  # needs what setUpClass put into the environment
        from ingest_server import IngestServer
        with IngestServer() as server:
            self.configure(f'[sync]\nendpoint = "{server.url}"\nteam_id = "t"\nteam_salt_hex = "{SALT}"\nworkspace_identity = "path"\n')
            systemctl("reload", "kaizend.service")
            wait_for(lambda: json.loads(self.ctl("status", "--json").stdout)["sync"]["enabled"], "sync that is on")
            sessions = Sessions(self.home).write(events=50, calls=5)
            wait_for(lambda: json.loads(self.ctl("status", "--json").stdout)["balance"]["enqueued"] == sessions.rows, "all rows")
            self.ctl("flush", "--now")
            self.assertEqual(server.count("events"), sessions.events)

    def test_it_writes_nowhere_but_where_it_must(self):
        mine = [self.home / ".local/share/kaizen", self.home / ".local/state/kaizen", self.runtime / "kaizen"]
        others = [self.home, self.home / ".config", self.home / ".claude/projects", self.runtime, Path("/tmp"), Path("/var/tmp")]
        (self.home / ".claude/projects").mkdir(parents=True, exist_ok=True)
        places = [str(place) for place in mine + others]
        self.assertEqual(run("sh", "-c", PROBE, "sh", *places).stdout.split(), places)  # outside of it
        inside = run("nsenter", "-t", self.show("MainPID"), "-U", "-m", "--preserve-credentials", "sh", "-c", PROBE, "sh", *places)
        self.assertEqual(inside.stdout.split(), [str(place) for place in mine])
        for place in mine:
            self.assertEqual(place.stat().st_mode & 0o777, 0o700, place)

    def test_it_has_no_rights_to_lose(self):
        self.assertEqual(self.status_of_process("NoNewPrivs"), "1")
        self.assertEqual(self.status_of_process("Seccomp"), "2")
        self.assertEqual(self.status_of_process("CapBnd"), "0" * 16)
        self.assertEqual(self.status_of_process("Umask"), "0077")

    def test_it_gives_way_to_others(self):
        pid = self.show("MainPID")
        own = os.getpriority(os.PRIO_PROCESS, 0)  # a manager without privileges gives nobody more than it has
        self.assertEqual(os.getpriority(os.PRIO_PROCESS, int(pid)), max(10, own))
        self.assertEqual(Path(f"/proc/{pid}/oom_score_adj").read_text().strip(), "500")
        self.assertRegex(Path(f"/proc/{pid}/limits").read_text(), r"Max core file size +0 +0 ")

    def test_systemd_understood_the_limits(self):
        for key, value in LIMITS.items():
            self.assertEqual(self.show(key), value, key)

    def test_it_is_started_again_after_a_crash(self):
        pid = self.show("MainPID")
        os.kill(int(pid), signal.SIGKILL)
        wait_for(lambda: self.show("ActiveState") == "active" and self.show("MainPID") not in ("0", pid), "another process")

    def test_systemd_is_told_what_it_does(self):
        from flush_case import Sessions
        sessions = len(list((self.home / ".claude/projects").rglob("*.jsonl")))
        Sessions(self.home).write(events=3, workspace=f"told-{sessions}", sessions=1)
        wait_for(lambda: self.show("StatusText").startswith("watching ") and "0 sessions" not in self.show("StatusText"), "a status text")

    def test_a_reload_ends_in_the_same_process(self):
        pid = self.show("MainPID")
        self.configure("[sync\n")
        systemctl("reload", "kaizend.service")  # a broken configuration, too
        wait_for(lambda: self.show("ActiveState") == "active", "a service that is active again")
        self.assertEqual(self.show("MainPID"), pid)

    def test_one_that_stands_still_is_ended_and_started_again(self):
        # Nothing but the watchdog restarts it.
        (self.unit_directory / "kaizend.service.d/watchdog.conf").write_text("[Service]\nWatchdogSec=1\nRestart=on-watchdog\n")
        self.addCleanup(lambda: ((self.unit_directory / "kaizend.service.d/watchdog.conf").unlink(), systemctl("daemon-reload")))
        systemctl("daemon-reload")
        systemctl("restart", "kaizend.service")
        pid = self.show("MainPID")
        os.kill(int(pid), signal.SIGSTOP)
        wait_for(lambda: self.show("ActiveState") == "active" and self.show("MainPID") not in ("0", pid), "another process")
        self.assertEqual(self.show("NRestarts"), "1")

    def test_it_restarts_into_a_newer_binary(self):
        pid = self.show("MainPID")
        shutil.copy(self.bindir / "kaizend", self.bindir / "kaizend.new")
        os.rename(self.bindir / "kaizend.new", self.bindir / "kaizend")
        self.ctl("status")
        wait_for(lambda: self.show("ActiveState") == "active" and self.show("MainPID") not in ("0", pid), "the newer one")
        self.assertEqual(self.show("NRestarts"), "1")

    def test_it_is_not_started_again_on_a_broken_configuration(self):
        self.configure("[sync\n")
        systemctl("restart", "kaizend.service", check=False)
        wait_for(lambda: self.show("ActiveState") == "failed", "a failed service")
        self.assertEqual(self.show("ExecMainStatus"), "78")
        self.assertEqual(self.show("NRestarts"), "0")

    def test_it_stops_cleanly(self):
        systemctl("stop", "kaizend.service")
        self.assertEqual(self.show("Result"), "success")
        self.assertEqual(self.show("ExecMainStatus"), "0")

    def test_a_question_starts_it(self):
        systemctl("stop", "kaizend.service")
        systemctl("start", "kaizend.socket")
        socket = self.runtime / "kaizen/kaizend.sock"
        self.assertEqual(socket.stat().st_mode & 0o777, 0o600)
        self.assertEqual(socket.parent.stat().st_mode & 0o777, 0o700)
        self.assertEqual(self.show("ActiveState"), "inactive")
        pid = json.loads(self.ctl("status", "--json").stdout)["pid"]
        self.assertEqual(str(pid), self.show("MainPID"))
        systemctl("stop", "kaizend.service")
        self.assertTrue(socket.is_socket())  # and the next question starts it again
        self.ctl("status")


def start_in_user_manager():
    with tempfile.TemporaryDirectory(prefix="kaizen-unit-") as place:
        home = Path(place) / "home"
        (home / "bin").mkdir(parents=True)
        for name in ("KAIZEND", "KAIZENCTL"):
            shutil.copy(os.environ[name], home / "bin")
        shutil.copytree(HERE.parents[1], home / "tree", symlinks=True,
                        ignore=lambda folder, names: set(names) - {"tests", "systemd", "support", "e2e"}
                        if Path(folder) == HERE.parents[1] else {"bench", "export", "fixtures", "ctl"} & set(names))
        Path(place).chmod(0o755)
        subprocess.run(["chown", "-R", f"{USER}:{USER}", str(home)], check=True)
        test = home / "tree" / Path(__file__).resolve().relative_to(HERE.parents[1])
        # Not sys.executable: it may stand where only root may go.
        done = subprocess.run([HERE / "user_manager", home, "/usr/bin/python3", "-B", test, "inside", *sys.argv[1:]])
        return 0 if done.returncode == 77 else done.returncode


if __name__ == "__main__":
    if sys.argv[1:2] == ["inside"]:
        unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
    if os.geteuid() != 0:
        print("SKIPPED: a user manager of its own takes root")
        sys.exit(0)
    sys.exit(start_in_user_manager())
