"""The table of spec "flush", the part that is about batches: how large they are, and one that is refused costs little and harms no
neighbour."""
import math
import shutil
import subprocess
import unittest
from pathlib import Path

import harness
from flush_case import FlushCase, NEVER_BY_ITSELF, posts


def is_sanitized():
    """Nothing can be loaded before the library of a sanitizer."""
    program = Path(harness.KAIZEND).read_bytes()
    return b"__asan_init" in program or b"__tsan_init" in program


def event(seq):
    return rf'"event_seq":{seq}[,}}]'


class Batches(FlushCase):
    def first_seq(self, server):
        return min(seq for *_, seq in server.rows("events"))

    def sizes(self, server):
        return [r.rows for r in posts(server)]

    def test_413_over_100_rows_is_learnt(self):
        server = self.serve({"rows_over": 100, "status": 413})
        self.sessions.write(5000)
        self.load(server)
        self.go()
        self.settle()
        self.check(server)
        refused = [r for r in posts(server) if r.status == 413]
        first = [r for r in refused if r.rows > 250]
        print(f"\n413 over 100 rows: {len(posts(server))} requests for 5 000 rows, {len(refused)} refused: {[r.rows for r in refused]}")
        self.assertEqual(len(first), 1, "only the first batch is as large as configured")
        self.assertLessEqual(len(refused), 7 + 3)  # 500, 2 × 250, 4 × 125, and where the limit crept up again
        self.assertLessEqual(len(posts(server)), 5000 / 100 * 2)
        self.assertLess(max(self.sizes(server)[20:]), 125)

    def test_the_limit_that_was_learnt_creeps_up_again(self):
        server = self.serve({"rows_over": 250, "status": 413, "times": 1})
        self.sessions.write(30_000)
        self.load(server)
        self.go()
        self.settle()
        self.check(server)
        sizes = self.sizes(server)
        print(f"\n413 once: {len(sizes)} requests for 30 000 rows")
        self.assertEqual(sizes[:3], [500, 250, 250])
        self.assertLess(sizes[3], 300)
        self.assertIn(500, sizes[3:])

    def test_one_row_of_1_000_always_413(self):
        server = self.serve({"row": event(617), "status": 413})
        self.sessions.write(1000)
        self.load(server)
        self.go()
        self.settle()
        self.check(server, dead=1)
        extra = len(posts(server)) - 2
        print(f"\none row always 413: {extra} requests more than 2")
        self.assertLessEqual(extra, 2 * math.ceil(math.log2(500)))
        [row] = self.kaizend.get("/v1/outbox?state=dead")["rows"]
        self.assertEqual((row["status"], row["code"]), (413, "batch_too_large"))
        # It says nothing about how much the server takes.
        seen = len(posts(server))
        server.set_script([])
        self.post("/v1/sync/pause")
        self.sessions.write(1000)
        self.enqueued()
        self.go()
        self.settle()
        self.check(server, dead=1)
        self.assertGreaterEqual(max(self.sizes(server)[seen:]), 450)

    def bisect(self, offset):
        """One row of 500 is refused for ever; what it costs."""
        server = self.serve()
        self.sessions.write(1)  # tells where numbers begin
        self.load(server)
        self.go()
        self.settle()
        first = self.first_seq(server)
        server.set_script([{"row": event(first + offset), "status": 400}])
        self.post("/v1/sync/pause")
        seen = len(posts(server))
        self.sessions.write(1000)
        self.enqueued()
        self.go()
        self.settle()
        self.check(server, dead=1)
        extra = len(posts(server)) - seen - 2
        print(f"\none row always 400 at {offset} of 500: {extra} requests more than 2; 2·log2(500) = {2 * math.log2(500):.1f}")
        self.assertLessEqual(extra, 2 * math.ceil(math.log2(500)))
        return server

    def test_one_row_always_400_first(self):
        self.bisect(1)

    def test_one_row_always_400_last_of_its_batch(self):
        self.bisect(499)

    def test_one_row_always_400_in_the_middle_and_what_people_do_with_it(self):
        server = self.bisect(250)
        told = self.kaizend.ctl("outbox", "dead").stdout
        for word in ("400", "scripted", "the server refuses a row"):
            self.assertIn(word, told)
        [dead] = self.kaizend.get("/v1/outbox?state=dead")["rows"]
        self.assertEqual((dead["kind"], dead["status"], dead["code"]), ("events", 400, "scripted"))
        self.assertIn("refused by the script", dead["reason"])
        told = self.kaizend.ctl("outbox", "show", str(dead["id"])).stdout
        for word in ("the server answered 400", "scripted", "refused by the script", "event_seq"):
            self.assertIn(word, told)
        # It is refused again, alone.
        seen = len(posts(server))
        self.kaizend.ctl("outbox", "retry", str(dead["id"]))
        self.kaizend.wait_for(lambda s: s["balance"]["dead"] == 1 and s["balance"]["pending"] == 0, "dead again")
        self.assertEqual(self.sizes(server)[seen:], [1])
        self.check(server, dead=1)
        # The server changes its mind.
        server.set_script([])
        self.assertIn("waits again", self.kaizend.ctl("outbox", "retry", "--all").stdout)
        self.settle()
        self.check(server)
        self.assertEqual(self.kaizend.ctl("outbox", "retry", "--all").stdout, "nothing to do: no row is dead\n")

    def test_a_dead_row_is_dropped(self):
        server = self.serve({"row": event(7), "status": 422})
        self.sessions.write(20)
        self.load(server)
        self.go()
        self.settle()
        self.check(server, dead=1)
        [dead] = self.kaizend.get("/v1/outbox?state=dead")["rows"]
        self.assertEqual(dead["status"], 422)
        self.assertIn("1 row dropped", self.kaizend.ctl("outbox", "drop", str(dead["id"])).stdout)
        self.check(server, dropped=1)
        self.assertEqual(self.kaizend.ctl("outbox", "show", str(dead["id"]), check=False).returncode, 4)
        self.assertIn("all sent" if self.status()["balance"]["pending"] else "nothing waits", self.flush())

    def test_a_row_that_waits_is_dropped_but_not_out_of_a_batch(self):
        server = self.serve({"path": "/events", "status": 503, "headers": {"Retry-After": "3600"}, "times": 1})
        self.sessions.write(600)
        self.load(server)
        rows = self.kaizend.get("/v1/outbox?state=pending&limit=600")["rows"]
        self.go()
        self.wait_for_state("backing_off")
        first, last = str(rows[0]["id"]), str(rows[-1]["id"])
        done = self.kaizend.ctl("outbox", "drop", first, check=False)
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertIn("is in a batch that is being sent", done.stderr)
        self.kaizend.ctl("outbox", "drop", last)
        self.check(server, pending=599, dropped=1)
        self.flush()
        self.check(server, dropped=1)

    def test_flush_reports_dead_letters_apart(self):
        server = self.serve({"row": event(7), "status": 400})
        self.sessions.write(20)
        self.start(server, **NEVER_BY_ITSELF)
        self.enqueued()
        told = self.flush()
        self.assertIn("all sent", told)
        self.assertIn("1 dead", told)
        self.assertIn("kaizenctl outbox dead", told)
        self.check(server, dead=1)

    def test_a_server_that_refuses_every_row_loses_none(self):
        server = self.serve({"path": "/events", "status": 422})
        self.sessions.write(40)
        self.load(server)
        self.go()
        self.settle()
        self.check(server, dead=40)
        self.assertEqual(len(posts(server)), 79)
        server.set_script([])
        self.assertIn("40 rows wait again", self.kaizend.ctl("outbox", "retry", "--all").stdout)
        self.settle()
        self.check(server)

    # Rows that cannot be sent at all: put there while the daemon is stopped.

    def put_in(self, server, *statements, rows=1200):
        self.sessions.write(rows)
        self.load(server)
        self.assertEqual(self.kaizend.stop(), 0)
        self.edit_outbox(*statements)
        self.start()
        self.go()
        self.settle()

    def unparsable(self, which):
        server = self.serve()
        self.put_in(server, f"""UPDATE outbox SET row = '{{"event_seq":' WHERE id = (SELECT id FROM outbox ORDER BY id {which})""")
        self.check(server, dead=1)
        self.assertEqual(self.sizes(server), [500, 500, 199])
        [dead] = self.kaizend.get("/v1/outbox?state=dead")["rows"]
        self.assertEqual((dead["code"], dead.get("status")), ("unreadable", None))
        self.assertIn("never sent", self.kaizend.ctl("outbox", "show", str(dead["id"])).stdout)

    def test_unparsable_row_first(self):
        self.unparsable("LIMIT 1")

    def test_unparsable_row_in_the_middle(self):
        self.unparsable("LIMIT 1 OFFSET 700")

    def test_unparsable_row_last(self):
        self.unparsable("DESC LIMIT 1")

    def test_unknown_kind_at_the_head(self):
        server = self.serve()
        self.put_in(server,
                    "INSERT INTO outbox_lanes (kind, workspace_hash, waiting, enqueued) SELECT 9, workspace_hash, 2, 2 FROM outbox_lanes",
                    "INSERT INTO outbox_cursors (receiver, lane, frozen, passed) SELECT 'ingest', id, 0, 0 FROM outbox_lanes WHERE kind = 9",
                    "UPDATE outbox_lanes SET waiting = waiting - 2, enqueued = enqueued - 2 WHERE kind = 0",
                    "UPDATE outbox SET lane = (SELECT id FROM outbox_lanes WHERE kind = 9) "
                    "WHERE id IN (SELECT id FROM outbox ORDER BY id LIMIT 2)")
        self.check(server, dead=2)
        self.assertEqual(self.sizes(server), [500, 500, 198])
        self.assertEqual({row["code"] for row in self.kaizend.get("/v1/outbox?state=dead")["rows"]}, {"unknown_kind"})
        self.kaizend.ctl("outbox", "dead")

    # Many.

    def test_a_row_larger_than_max_body_bytes_goes_alone(self):
        server = self.serve()
        self.sessions.write(10).write(3, text="long " * 1200, workspace="app").write(10)
        self.load(server, max_body_bytes=1500, content="text", text_max_bytes=8192)
        self.go()
        self.settle()
        self.check(server)
        large = [r for r in posts(server) if r.body_bytes > 1500]
        self.assertEqual([r.rows for r in large], [1, 1, 1])

    def test_100_000_rows(self):
        server = self.serve(fast=True)
        self.sessions.write(9000, calls=1000, sessions=10)
        self.assertEqual(self.sessions.rows, 100_000)
        counter = None if is_sanitized() else RowCounter(Path(self.place.name))
        self.load(server, env=counter.env if counter else None)
        self.go()
        self.settle()
        self.check(server)
        print(f"\n100 000 rows: {len(posts(server))} requests")
        self.assertLessEqual(len(posts(server)), 210)
        self.assertEqual(self.kaizend.stop(), 0)
        if counter:
            read = counter.rows()
            print(f"rows read from the store: {read}, {read / 100_000:.2f} of those sent")
            self.assertLessEqual(read, 120_000)


class RowCounter:
    """Counts the rows that the daemon reads from the table of waiting rows: a library before libsqlite3 that looks at what each step of
    a SELECT on it gives."""

    SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static long rows;
int sqlite3_step(void *statement) {
    static int (*step)(void *);
    static const char *(*sql)(void *);
    if (!step) {
        step = (int (*)(void *))dlsym(RTLD_NEXT, "sqlite3_step");
        sql = (const char *(*)(void *))dlsym(RTLD_NEXT, "sqlite3_sql");
    }
    int result = step(statement);
    const char *text = sql(statement);
    if (result == 100 && text && strncmp(text, "SELECT", 6) == 0 && strstr(text, "FROM outbox WHERE")) ++rows;
    return result;
}
__attribute__((destructor)) static void tell(void) {
    FILE *file = fopen(getenv("ROW_COUNT_FILE"), "w");
    if (!file) return;
    fprintf(file, "%ld\n", rows);
    fclose(file);
}
"""

    def __init__(self, place):
        self.file = place / "rows"
        (place / "count.c").write_text(self.SOURCE)
        compiler = shutil.which("cc") or shutil.which("gcc")
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", place / "count.so", place / "count.c", "-ldl"], check=True)
        self.env = {"LD_PRELOAD": str(place / "count.so"), "ROW_COUNT_FILE": str(self.file)}

    def rows(self):
        return int(self.file.read_text())


if __name__ == "__main__":
    unittest.main(verbosity=2)
