"""Real session files through a real Collector: imported at once, and appended line by line as agents wrote them."""
import sys
import unittest
from pathlib import Path

from lane_case import PATIENCE, LaneCase, harness
import replay


class Corpus(LaneCase):
    def setUp(self):
        super().setUp()
        self.the_collector = self.collector()
        self.posthog()
        self.file(name="rows", max_bytes=1_000_000_000)

    def check_all_is_told(self):
        self.told_of_all(self.kaizend, self.state)
        self.the_collector.stop()
        received = self.check_received(self.the_collector, self.kaizend, self.state)
        self.assertEqual(self.the_collector.complaints(), [])
        return received

    def test_history_that_is_imported(self):
        lines = self.lay_out()
        self.start_alone(exclude=[])
        self.kaizend.wait_for_lines(lines, PATIENCE)
        self.check_all_is_told()

    def test_sessions_as_they_were_written(self):
        before = Path(self.place.name) / "before"
        self.lay_out(before)
        files = harness.corpus_home.session_files(before)
        timeless = [file for file in files if not replay.says_when(file)]  # these have no order, and are there before
        dated = [file for file in files if file not in timeless]
        replay.copy_the_rest(before, dated, self.home)
        whole_lines = sum(map(harness.count_lines, timeless))
        steps = 0
        self.start_alone(exclude=[])
        self.kaizend.wait_for_lines(whole_lines)
        for relative, content in replay.steps(before, dated):
            replay.append(self.home, relative, content)
            steps += 1
            # A last line without its end is taken once its file is quiet.
            whole_lines += content.count(b"\n")
            self.kaizend.wait_for_lines(whole_lines)
        self.kaizend.wait_for_lines(sum(map(harness.count_lines, files)))
        print(f"\n{whole_lines} lines in {steps} steps", file=sys.stderr)
        self.check_all_is_told()


if __name__ == "__main__":
    unittest.main(verbosity=2)
