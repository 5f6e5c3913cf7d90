"""The units of ../../systemd, filled in for a program somewhere."""
from pathlib import Path

UNITS = Path(__file__).resolve().parents[2] / "systemd"


def fill_in(directory, bindir):
    """Writes both units to `directory`; their paths, the service first."""
    paths = []
    for name in ("kaizend.service", "kaizend.socket"):
        path = Path(directory) / name
        path.write_text((UNITS / name).read_text().replace("@bindir@", str(bindir)))
        path.chmod(0o644)
        paths.append(path)
    return paths


def values(path, key):
    """What a unit's lines say of one key, in order."""
    return [line.split("=", 1)[1] for line in Path(path).read_text().splitlines() if line.startswith(key + "=")]
