"""Lets everybody act, in the order of simulated time, and many at once."""
import collections
import concurrent.futures
import threading

from komainu_test.tap import eventually

from .visit import Visit

AT_ONCE = 64
WAITING = 200


class Driver:
    """An address acts once at a time. `world.planned` is played by play()."""

    def __init__(self, stage, world, deeds):
        self.stage, self.world, self.deeds = stage, world, deeds
        self._queues = collections.defaultdict(collections.deque)  # of addresses that act
        self._lock = threading.Lock()
        self._room = threading.Semaphore(WAITING)
        self._pending = 0
        self._is_done = threading.Condition(self._lock)

    def play(self, progress=lambda _done, _all: None):
        """Plays the plan, and waits until the servers have nothing more to say."""
        plan = sorted(self.world.planned)
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            for number, planned in enumerate(plan):
                if planned.actor is None:
                    self._wait()
                    planned.act(self.stage, *planned.args)
                    continue
                self._room.acquire()  # pylint: disable=consider-using-with
                self._add(pool, planned)
                progress(number, len(plan))
            self._wait()
        eventually(self.stage.scribe.is_idle, 5, 0.2)

    def _wait(self):
        with self._is_done:
            self._is_done.wait_for(lambda: self._pending == 0)

    def _add(self, pool, planned):
        with self._lock:
            self._pending += 1
            queue = self._queues[planned.address]
            queue.append(planned)
            if len(queue) > 1:
                return
        pool.submit(self._act, pool, planned)

    def _act(self, pool, planned):
        visit = Visit(self.stage, self.deeds, planned)
        self.stage.enter(visit)
        try:
            planned.act(visit, *planned.args)
        except Exception as error:  # pylint: disable=broad-except
            visit.surprise(repr(error))
        finally:
            visit.close()
            self._leave(pool, planned)

    def _leave(self, pool, planned):
        self._room.release()
        with self._lock:
            queue = self._queues[planned.address]
            queue.popleft()
            following = queue[0] if queue else None
            if following is None:
                del self._queues[planned.address]
            self._pending -= 1
            self._is_done.notify_all()
        if following:
            pool.submit(self._act, pool, following)
