#!/usr/bin/python3
"""`komainu report` with files that say where an address is: named, configured, the gate's, broken, missing."""
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import mmdb, tap  # noqa: E402
from komainu_test.guard import BUILD  # noqa: E402

HEAD = "Nov 22 10:00:00 mx postfix/smtpd[1]: warning: "
ATTACKS = {"198.51.100.1": 30, "198.51.100.9": 10, "203.0.113.1": 25, "2001:db8::1": 5, "192.0.2.1": 2}
COUNTRIES = {"198.51.100.0/24": {"country": {"iso_code": "JP"}}, "203.0.113.0/24": {"country": {"iso_code": "DE"}},
             "2001:db8::/32": {"country": {"iso_code": "ZZ"}}}
ASES = {"198.51.100.0/24": {"autonomous_system_number": (mmdb.U32, 64500),
                            "autonomous_system_organization": "Example <b>\x1b[31mKK"},
        "203.0.113.0/24": 64501}


class Place:
    """A folder with a log, a configuration and files."""

    def __init__(self, folder):
        self.folder = folder
        os.mkdir(f"{folder}/conf")
        with open(f"{folder}/mail.log", "w", encoding="utf-8") as log:
            for address, count in ATTACKS.items():
                line = f"{HEAD}unknown[{address}]: SASL LOGIN authentication failed: bad, sasl_username=a@example.org\n"
                log.write(line * count)
        mmdb.write(f"{folder}/c.mmdb", COUNTRIES, "A-Country")
        mmdb.write(f"{folder}/a.mmdb", ASES)

    def configure(self, text):
        """What komainu.conf says."""
        with open(f"{self.folder}/conf/komainu.conf", "w", encoding="utf-8") as file:
            file.write(text)

    def report(self, *options):
        """The exit status, what is printed and what is said."""
        answer = subprocess.run([f"{BUILD}/komainu", "report", "--no-attacks", "--config", f"{self.folder}/conf", *options,
                                 f"{self.folder}/mail.log"], capture_output=True, text=True, check=False)
        return answer.returncode, answer.stdout, answer.stderr

    def sections(self, *options):
        """What stands in the two sections, and what is said."""
        code, out, said = self.report("--json", *options)
        assert code == 0, said
        sections = json.loads(out)["sections"]
        return sections.get("countries"), sections.get("operators"), said

    def known(self, *options):
        """Whether each section is there."""
        countries, operators, _said = self.sections(*options)
        return countries is not None, operators is not None


def told(t, place):
    """What stands in the report."""
    options = ("--country-database", f"{place.folder}/c.mmdb", "--asn-database", f"{place.folder}/a.mmdb")
    countries, operators, said = place.sections(*options)
    t.equal([[row[key] for key in ("country", "name", "attempts", "addresses")] for row in countries["rows"]],
            [["JP", "Japan", 40, 2], ["DE", "Germany", 25, 1], ["ZZ", "ZZ", 5, 1], [None, None, 2, 1]],
            "countries, the one that is not known as well")
    t.equal([[row[key] for key in ("system", "organisation", "attempts", "addresses")] for row in operators["rows"]],
            [["AS64500", "Example <b>\x1b[31mKK", 40, 2], ["AS64501", None, 25, 1], [None, None, 7, 2]], "operators")
    t.equal(sum(row["share"] for row in countries["rows"]) > 0.999, True, "shares are of all")
    t.equal(said, "", "and nothing is said")
    text = place.report(*options, "--language", "ja")[1]
    t.ok("日本" in text and "\x1b" not in text and "\\x1B[31mKK" in text, "a hostile name does nothing to a terminal")
    t.ok(all(len(line) <= 80 for line in place.report(*options)[1].splitlines()), "80 columns stay 80 columns")


def places(t, place):
    """Which file is taken."""
    named = ("--country-database", f"{place.folder}/c.mmdb")
    t.equal(place.known(), (False, False), "without a file nothing is there")
    place.configure(f"[komainu]\ncountry-database = {place.folder}/c.mmdb\nasn-database = {place.folder}/a.mmdb\n")
    t.equal(place.known(), (True, True), "komainu.conf names them")
    t.equal(place.known("--asn-database", "no"), (True, False), "the command line has the last word")
    place.configure(f"[gate]\nasn-database = {place.folder}/a.mmdb\n")
    t.equal(place.known(*named), (True, True), "the gate's is taken, too")
    place.configure(f"[komainu]\nasn-database = no\n[gate]\nasn-database = {place.folder}/a.mmdb\n")
    t.equal(place.known(*named), (True, False), "unless told not to")
    place.configure("")


def broken(t, place):
    """What cannot be used is named, and the report goes on."""
    with open(f"{place.folder}/a.mmdb", "rb") as file:
        whole = file.read()
    files = {"cut": whole[:len(whole) // 2], "nothing": b"", "text": b"no database\n" * 1000}
    for name, content in files.items():
        path = f"{place.folder}/{name}.mmdb"
        with open(path, "wb") as file:
            file.write(content)
        countries, operators, said = place.sections("--country-database", f"{place.folder}/c.mmdb", "--asn-database", path)
        t.ok(f"{path}: not used: " in said and countries and not operators, f"{name}: named, and without it: {said}")
    for path, why in ((f"{place.folder}/none", "No such file"), (f"{place.folder}/c.mmdb", "no number of an AS")):
        code, out, said = place.report("--asn-database", path)
        t.ok(code == 0 and f"{path}: not used: " in said and why in said and "Kinds of attack" in out, f"{why}: {said}")


def main(t):
    """All of it."""
    with tempfile.TemporaryDirectory() as folder:
        place = Place(folder)
        told(t, place)
        places(t, place)
        broken(t, place)


tap.main(main)
