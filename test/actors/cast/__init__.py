"""Two days of a mail server: who comes, and why. ACTORS is the table."""
from . import guessers, noise, people, servers, spammers, swarms, takeovers

ACTORS = (
    servers.ACTORS
    + people.ACTORS
    + guessers.ACTORS
    + swarms.ACTORS
    + spammers.ACTORS
    + noise.ACTORS
    + takeovers.ACTORS
)
