"""Certificate authorities and certificates for the tests, made with the openssl command."""

import subprocess


class Authority:
    def __init__(self, directory, name="ca", days=30):
        self.directory, self.name = directory, name
        self.file = directory / f"{name}.pem"
        self.key = directory / f"{name}.key"
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", str(days), "-subj", f"/CN={name}",
                "-keyout", self.key, "-out", self.file)

    def issue(self, name, alt="IP:127.0.0.1", days=30):
        """A certificate with the common name `name`; (certificate file, key file)."""
        certificate, key = self.directory / f"{name}.pem", self.directory / f"{name}.key"
        request, extensions = self.directory / f"{name}.csr", self.directory / f"{name}.ext"
        extensions.write_text(f"subjectAltName={alt}\n")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", key, "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", self.file, "-CAkey", self.key, "-CAcreateserial",
                "-days", str(days), "-extfile", extensions, "-out", certificate)
        return certificate, key

    def revoke(self, certificate):
        """The authority's list of what is revoked, with this one in it."""
        settings, index, revoked = (self.directory / f"{self.name}.{end}" for end in ("cnf", "index", "crl"))
        index.touch()
        settings.write_text(f"[ca]\ndefault_ca=own\n[own]\ndatabase={index}\ncertificate={self.file}\n"
                            f"private_key={self.key}\ndefault_md=sha256\ndefault_crl_days=30\n")
        openssl("ca", "-config", settings, "-revoke", certificate)
        openssl("ca", "-config", settings, "-gencrl", "-out", revoked)
        return revoked


def self_signed(directory, name="alone", alt="IP:127.0.0.1"):
    certificate, key = directory / f"{name}.pem", directory / f"{name}.key"
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", f"/CN={name}",
            "-addext", f"subjectAltName={alt}", "-keyout", key, "-out", certificate)
    return certificate, key


def openssl(*words):
    subprocess.run(["openssl", *[str(word) for word in words]], check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
