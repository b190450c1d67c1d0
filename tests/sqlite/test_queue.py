"""The write queue: in order of arrival, never stuck."""

import threading
import time

import pytest

from registry_site.sqlite.queue import WriteQueue


@pytest.fixture
def queue() -> WriteQueue:
    return WriteQueue()


def wait_until_waiting(queue: WriteQueue, count: int) -> None:
    deadline = time.monotonic() + 5
    while len(queue._waiting) < count:
        assert time.monotonic() < deadline, "the thread never joined the queue"
        time.sleep(0.001)


def test_writers_take_turns_in_order_of_arrival(queue: WriteQueue) -> None:
    served: list[int] = []

    def write(number: int) -> None:
        assert queue.enter(5)
        served.append(number)
        queue.leave()

    assert queue.enter(1)
    writers = [threading.Thread(target=write, args=(number,)) for number in range(16)]
    for number, writer in enumerate(writers):
        writer.start()
        wait_until_waiting(queue, number + 1)
    queue.leave()
    for writer in writers:
        writer.join(5)
    assert served == list(range(16))


def test_writer_gives_up_after_its_timeout_and_leaves_no_trace(queue: WriteQueue) -> None:
    assert queue.enter(1)
    assert not queue.enter(0.01)
    queue.leave()
    assert queue.enter(0)


def test_turn_that_comes_during_the_timeout_is_not_lost(queue: WriteQueue) -> None:
    """Many short timeouts against many hand-overs: if one turn were dropped, the last `enter` would never come."""

    def hurry() -> None:
        for _ in range(300):
            if queue.enter(0.0005):
                time.sleep(0.0004)
                queue.leave()

    threads = [threading.Thread(target=hurry) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert queue.enter(1)
