"""Debian's fail2ban in this process, with a clock of the caller's: its own reader of configurations,
filters, counting, bans, database and observer, without threads, actions and files.

load() says whether the package is there. Give() hands a line to every jail and returns what they
decided, in the shapes of test/lib/decide_lines.c.
"""
import contextlib
import io
import logging
import types


def load():
    """The modules of the package, or None."""
    # pylint: disable=import-outside-toplevel
    try:
        from fail2ban.client.configurator import Configurator
        from fail2ban.server import database, jail, observer, server, utils
        from fail2ban.server.mytime import MyTime
    except ImportError:
        return None
    logging.getLogger("fail2ban").setLevel(logging.CRITICAL + 1)
    return {
        "Configurator": Configurator,
        "database": database,
        "jail": jail,
        "observer": observer,
        "server": server,
        "MyTime": MyTime,
        "utils": utils,
    }


class Frozen:
    """The enabled jails of a directory."""

    def __init__(self, modules, folder, now):
        self.clock = modules["MyTime"]
        self.clock.setTime(now)
        # Sessions age by the time of day.
        modules["utils"].time = types.SimpleNamespace(time=self.clock.time, sleep=lambda _seconds: None)
        modules["jail"].Jail.isAlive = lambda self: True
        self.observer = modules["observer"].ObserverThread()
        self.observer.add = lambda event, *args: getattr(self.observer, event)(*args)
        self.observer.add_timer = lambda *args: None
        modules["observer"].Observers.Main = self.observer
        self.database = modules["database"].Fail2BanDb(":memory:")
        self.server = modules["server"].Server(False)
        self.server._Server__db = self.database  # pylint: disable=protected-access
        self.jails = {}
        self.said = []
        for command in self._commands(modules["Configurator"], folder):
            self._take(command)
        for name, jail in self.jails.items():
            self.database.addJail(jail)
            self._watch(name, jail)

    @staticmethod
    def _commands(configurator, folder):
        with contextlib.redirect_stdout(io.StringIO()):
            one = configurator(share_config={})
            one.setBaseDir(folder)
            one.readEarly()
            one.getEarlyOptions()
            one.readAll()
            if not one.getOptions(None):
                raise ValueError(f"{folder} cannot be read")
            one.convertToProtocol()
        return one.getConfigStream()

    def _take(self, command):
        """One command of the stream, but for files and actions, which are not needed."""
        if len(command) < 3 or command[2] in ("addlogpath", "addaction", "action"):
            return
        if command[0] == "add":
            self.server.addJail(command[1], "polling")
            self.jails[command[1]] = self.server._Server__jails[command[1]]  # pylint: disable=protected-access
        elif command[0] == "multi-set":
            for word in command[3]:
                self._set(command[1], command[2], word)
        elif command[0] == "set" and command[1] in self.jails:
            self._set(command[1], command[2], *command[3:])

    def _set(self, *words):
        code, why = self.server._Server__transm.proceed(["set", *words])  # pylint: disable=protected-access
        if code:
            raise ValueError(f"{words}: {why}")

    def _watch(self, name, jail):
        add_failure, add_ban = jail.filter.failManager.addFailure, jail.actions.banManager.addBanTicket

        def on_failure(ticket, count=1, observed=False):
            if not observed:
                self.said.append(("found", name, str(ticket.getID()), int(ticket.getTime())))
            return add_failure(ticket, count, observed)

        def on_ban(ticket, reason={}):  # pylint: disable=dangerous-default-value
            manager = jail.actions.banManager
            held = manager._BanManager__banList.get(ticket.getID())  # pylint: disable=protected-access
            before = held and int(held.getEndOfBanTime(manager.getBanTime()))
            is_new = add_ban(ticket, reason)
            # Less than a second is the fraction of our clock.
            if is_new or (held and int(held.getEndOfBanTime(manager.getBanTime())) > before):
                self.said.append(("ban" if is_new else "longer", name, ticket, held or ticket))
            return is_new

        jail.filter.failManager.addFailure = on_failure
        jail.actions.banManager.addBanTicket = on_ban

    def _told(self, one):
        """What was said, as text; of a ban only now, when the observer has set its time."""
        if one[0] == "found":
            return "found {} {} {}".format(*one[1:])
        kind, name, ticket, held = one
        manager = self.jails[name].actions.banManager
        end = held.getEndOfBanTime(manager.getBanTime())
        end = -1 if end == held.MAX_TIME else int(end)
        if kind == "longer":
            return f"longer {name} {ticket.getID()} {end}"
        return f"ban {name} {ticket.getID()} {int(ticket.getTime())} {ticket.getAttempt()} {end}"

    def give(self, now, is_live, line):
        """Hands the line to every jail at that time; returns what was decided."""
        # pylint: disable=protected-access
        if now != self.clock.time():
            self.clock.setTime(now)
            self.database.purge()
            for jail in self.jails.values():
                jail.actions._Actions__checkUnBan(1 << 30)
        self.said = []
        for jail in self.jails.values():
            jail.filter.performSvc(force=True)  # else within 5 seconds
            jail.filter.inOperation = is_live
            jail.filter.processLineAndAdd(line)
            jail.actions._Actions__checkBan()
        return [self._told(one) for one in self.said]
