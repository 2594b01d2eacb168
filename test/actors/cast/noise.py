"""Attackers who do not even try to log in or to send: scanners, probes, floods, held slots."""
from .visit import IMAP, IMPATIENT, MX, SMTPS, Line
from .world import ATTACKER, HOUR, Actor


def _http(visit, port):
    line = Line(visit, port)
    line.read()
    line.send(b"GET / HTTP/1.1\r\nHost: mx1\r\n\r\n")
    visit.attempt("protocol")
    if port == IMAP:
        line.send(b"x\r\n" * 20)
    line.drain()
    line.close()


def scanner_http(world):
    """Speaks HTTP to SMTP and IMAP."""
    for number in range(world.count(6, 3)):
        address = world.addresses.one4()
        at = world.anytime(0.8)
        for _ in range(6):
            world.visit(at, address, _http, (MX, IMAP)[number % 2])
            at += world.rng.uniform(5, HOUR)


def _junk(visit):
    line = Line(visit, SMTPS)
    line.send(b"GET / HTTP/1.0\r\n\r\n")
    visit.attempt("protocol")
    line.drain()
    line.close()


def scanner_tls(world):
    """Speaks no TLS where TLS is due."""
    for _ in range(world.count(5, 3)):
        address = world.addresses.one4()
        at = world.anytime(0.8)
        for _ in range(6):
            world.visit(at, address, _junk)
            at += world.rng.uniform(5, HOUR)


def _silent(visit, times):
    session = visit.smtp(helo="User")
    for _ in range(times):
        session.say("AUTH LOGIN")
        visit.attempt("auth")
        visit.wait(1)
    session.quit()


def silent_auth(world):
    """AUTH where it is not offered: nothing is logged of it but auth=0/1 at the end."""
    for number in range(world.count(6, 3)):
        address = world.addresses.one4()
        pace = (120, 600, 1800)[number % 3]
        at = world.anytime(0.5)
        for _ in range(world.count(30, 8)):
            world.visit(at, address, _silent, 1 + number % 2)
            at += world.rng.uniform(0.8, 1.2) * pace


def _flood(visit, count):
    lines = []
    for _ in range(count):
        lines.append(Line(visit, MX))
        visit.attempt("connect")
    for line in lines:
        line.read()
    for line in lines:
        line.close()


def flood(world):
    """Thirty connections at once where twenty are allowed."""
    for _ in range(3):
        address = world.addresses.one4()
        at = world.anytime(0.8)
        for _ in range(5):
            world.visit(at, address, _flood, 30)
            at += world.rng.uniform(30, 600)


def _hold(visit, count):
    lines = [Line(visit, IMPATIENT) for _ in range(count)]
    for line in lines:
        line.read()
        visit.attempt("idle")
    visit.wait(300)
    for line in lines:
        line.drain()
        line.close()


def slots_held(world):
    """Five connections that say nothing until the server has enough of it, again and again."""
    for _ in range(3):
        address = world.addresses.one4()
        at = world.anytime(0.8)
        for _ in range(8):
            world.visit(at, address, _hold, 5)
            at += world.rng.uniform(310, 400)


ACTORS = (
    Actor("scanner_http", ATTACKER, scanner_http, "HTTP at SMTP and IMAP"),
    Actor("scanner_tls", ATTACKER, scanner_tls, "junk where TLS is due"),
    Actor("silent_auth", ATTACKER, silent_auth, "AUTH where it is not offered (auth=0/1)"),
    Actor("flood", ATTACKER, flood, "30 connections at once", 20),
    Actor("slots_held", ATTACKER, slots_held, "connections that say nothing", 5),
)
