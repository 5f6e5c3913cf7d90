"""Certificates for tests, made anew with the openssl command line: an authority and what it signs, and what a client must refuse."""
import subprocess
from pathlib import Path

NAMES = ("good", "expired", "wrong-name", "self-signed")


def openssl(directory, *words):
    done = subprocess.run(["openssl", *words], cwd=directory, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {' '.join(words)}: {done.stderr}")


def new_key(directory, name):
    openssl(directory, "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{name}.key")


def make_certificate(directory, name, alternative_names, days="30", signed_by=("-CA", "ca.crt", "-CAkey", "ca.key")):
    """NAME.pem: certificate and key."""
    new_key(directory, name)
    openssl(directory, "req", "-new", "-key", f"{name}.key", "-subj", f"/CN=kaizen test {name}", "-out", f"{name}.csr")
    (directory / f"{name}.ext").write_text(f"subjectAltName={alternative_names}\n")
    signer = signed_by or ("-signkey", f"{name}.key")
    openssl(directory, "x509", "-req", "-in", f"{name}.csr", "-days", days, "-extfile", f"{name}.ext", "-set_serial", "2", *signer,
            "-out", f"{name}.crt")
    (directory / f"{name}.pem").write_text((directory / f"{name}.crt").read_text() + (directory / f"{name}.key").read_text())


def make_certificates(directory):
    """Writes ca.pem, the file a client is to trust, and NAME.pem for each of NAMES. Returns the path of ca.pem."""
    directory = Path(directory)
    new_key(directory, "ca")
    openssl(directory, "req", "-x509", "-new", "-key", "ca.key", "-days", "30", "-subj", "/CN=kaizen test authority", "-out", "ca.crt",
            "-addext", "keyUsage=critical,keyCertSign")
    here = "DNS:localhost,IP:127.0.0.1"
    make_certificate(directory, "good", here)
    make_certificate(directory, "expired", here, days="-1")
    make_certificate(directory, "wrong-name", "DNS:elsewhere.example")
    make_certificate(directory, "self-signed", here, signed_by=None)
    return (directory / "ca.crt").rename(directory / "ca.pem")
