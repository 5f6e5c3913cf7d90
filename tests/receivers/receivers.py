"""Real receivers on loopback, each a process of its own with a folder of its own: an OpenTelemetry Collector and a Prometheus."""
import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

COLLECTOR = os.environ["COLLECTOR"]
PROMETHEUS = os.environ["PROMETHEUS"]
DEADLINE = 60.0
SIGNALS = ("traces", "logs", "metrics")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(condition, what, deadline=DEADLINE):
    until = time.monotonic() + deadline
    while not (found := condition()):
        if time.monotonic() > until:
            raise AssertionError(f"never: {what}")
        time.sleep(0.05)
    return found


def answers(port, path="/"):
    """Whether a server there says anything to that."""
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5).close()
    except urllib.error.HTTPError as error:
        return path == "/" or error.code < 500
    except OSError:
        return False
    return True


class Process:
    def __init__(self, folder, name):
        self.folder, self.name = Path(folder), name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log_file = self.folder / f"{name}.log"
        self.process = None

    def run(self, *words):
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen([str(word) for word in words], stdout=log, stderr=log, cwd=self.folder)

    @property
    def log(self):
        return self.log_file.read_text(errors="replace")

    def wait_until_it_answers(self, port, path="/"):
        def it_does():
            if self.process.poll() is not None:
                raise AssertionError(f"{self.name} ended:\n{self.log[-3000:]}")
            return answers(port, path)
        wait_until(it_does, f"{self.name} answers")
        return self

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """With all that it still holds written."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=DEADLINE)
            except subprocess.TimeoutExpired:
                self.kill()


RECEIVER = """
receivers:
  otlp:
    protocols:
      http:
        endpoint: 127.0.0.1:{port}
"""
# Written to the file before it is answered: `rotation` is what makes the exporter write without a buffer of its own.
TO_FILE = """
exporters:
  file:
    path: {file}
    rotation:
      max_megabytes: 100000
"""
SERVICE = """
service:
  telemetry:
    metrics:
      level: none
  pipelines:
"""


class Collector(Process):
    """`signals`: those that it has pipelines for. Without a `config` of its own it writes all that it takes to a file."""

    def __init__(self, folder, name="collector", signals=SIGNALS, config=None):
        super().__init__(folder, name)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.written = self.folder / f"{name}.ndjson"
        self.config = self.folder / f"{name}.yaml"
        self.config.write_text(config(self) if config else self.to_file(signals))

    def to_file(self, signals):
        pipelines = "".join(f"    {signal}:\n      receivers: [otlp]\n      exporters: [file]\n" for signal in signals)
        return RECEIVER.format(port=self.port) + TO_FILE.format(file=self.written) + SERVICE + pipelines

    def start(self):
        self.run(COLLECTOR, "--config", self.config)
        return self.wait_until_it_answers(self.port)

    def validate(self):
        return subprocess.run([COLLECTOR, "validate", "--config", str(self.config)], capture_output=True, text=True, timeout=DEADLINE)

    def complaints(self):
        """Lines of its log that are warnings or worse, or no log lines at all."""
        return [line for line in self.log.splitlines() if line.strip() and "\tinfo\t" not in line and "\tdebug\t" not in line]

    def bodies(self):
        """What it wrote; a last line that a sudden end cut is left out."""
        if not self.written.exists():
            return []
        lines = self.written.read_bytes().split(b"\n")
        return [json.loads(line) for line in lines[:-1] if line.startswith(b"{") and line.endswith(b"}")]


class Prometheus(Process):
    def __init__(self, folder, name="prometheus"):
        super().__init__(folder, name)
        self.port = free_port()
        self.config = self.folder / "prometheus.yml"
        self.config.write_text("global:\n  scrape_interval: 1h\n")

    @property
    def write_url(self):
        return f"http://127.0.0.1:{self.port}/api/v1/write"

    def start(self):
        self.run(PROMETHEUS, f"--config.file={self.config}", f"--storage.tsdb.path={self.folder}/{self.name}-data", "--web.enable-remote-write-receiver",
                 f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=info")
        return self.wait_until_it_answers(self.port, "/-/ready")

    def query(self, expression):
        """By the labels of each series, its value now."""
        words = urllib.parse.urlencode({"query": expression})
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/query?{words}", timeout=DEADLINE) as reply:
            answer = json.load(reply)
        if answer["status"] != "success":
            raise AssertionError(f"{expression}: {answer}")
        return [(series["metric"], float(series["value"][1])) for series in answer["data"]["result"]]
