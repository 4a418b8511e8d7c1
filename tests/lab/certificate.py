"""Certificates for a test, made by openssl in its folder."""
import base64
import hashlib
import subprocess
from pathlib import Path


def make_certificate(folder, name="cache.example", days=2, authority=None,
                     addresses=("127.0.0.1",)):
    """(certificate, key): for `name` and `addresses`, signed by `authority` or by itself. One of -1
    days ended yesterday; that needs an authority."""
    folder = Path(folder)
    stem = name if days > 0 else f"expired.{name}"
    certificate, key = folder / f"{stem}.pem", folder / f"{stem}.key"
    names = f"subjectAltName=DNS:{name}," + ",".join(f"IP:{address}" for address in addresses)
    new = ["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
           "-subj", f"/CN={name}", "-keyout", key]
    if authority is None:
        run([*new, "-x509", "-days", str(days), "-out", certificate, "-addext", names])
        return certificate, key
    request, extensions = folder / f"{stem}.csr", folder / f"{stem}.ext"
    run([*new, "-out", request])
    extensions.write_text(names + "\n")
    run(["openssl", "x509", "-req", "-in", request, "-CA", authority[0], "-CAkey", authority[1],
         "-CAcreateserial", "-days", str(days), "-extfile", extensions, "-out", certificate])
    return certificate, key


def pin_of(certificate):
    """"sha256/..." of the certificate's public key."""
    pem = run(["openssl", "x509", "-in", certificate, "-pubkey", "-noout"])
    der = run(["openssl", "pkey", "-pubin", "-outform", "der"], pem)
    return "sha256/" + base64.b64encode(hashlib.sha256(der).digest()).decode()


def run(command, given=None):
    return subprocess.run(command, input=given, check=True, capture_output=True).stdout
