"""A Collector in front of Prometheus: what is asked there is what `kaizenctl usage` says, and two members of a team are two series."""
import unittest
from collections import Counter

import receivers
from lane_case import PATIENCE, LaneCase, harness
from received import CLASSES

TO_PROMETHEUS = """
exporters:
  prometheus_remote_write:
    endpoint: {url}
"""
METRICS = "    metrics:\n      receivers: [otlp]\n      exporters: [prometheus_remote_write]\n"
TOKENS = "kaizen_usage_tokens_total"
COST = "kaizen_usage_cost"


class InPrometheus(LaneCase):
    def setUp(self):
        super().setUp()
        self.prometheus = self.run_receiver(receivers.Prometheus(self.folder))
        config = lambda collector: (receivers.RECEIVER.format(port=collector.port) + TO_PROMETHEUS.format(url=self.prometheus.write_url)
                                    + receivers.SERVICE + METRICS)
        self.the_collector = self.collector(config=config, to={"signals": ["metrics"]})

    def start_with_all(self):
        lines = self.lay_out()
        self.start_alone(exclude=[])
        self.kaizend.wait_for_lines(lines, PATIENCE)
        self.told_of_all(self.kaizend, self.state)

    def sums(self):
        """Tokens by class, and the cost in micro-dollars."""
        tokens = {labels["kaizen_token_class"]: int(value) for labels, value in self.prometheus.query(f"sum by (kaizen_token_class) ({TOKENS})")}
        cost = self.prometheus.query(f"sum({COST})")
        return tokens, round(cost[0][1] * 1e6) if cost else 0

    def expected(self, *usages):
        tokens, cost = Counter(), 0
        for usage in usages:
            tokens.update({of_points: usage["tokens"][name] or 0 for name, (of_points, *_) in CLASSES.items()})
            cost += usage["cost_usd_e6"] or 0
        return dict(tokens), cost

    def check_sums(self, *usages):
        """To the token; and to the micro-dollar but for what rows round, each by half of one at the most."""
        (tokens, cost), responses = self.expected(*usages), sum(usage["responses"] for usage in usages)
        try:
            receivers.wait_until(lambda: self.sums()[0] == tokens and abs(self.sums()[1] - cost) <= responses / 2, "the sums of usage in Prometheus", 15)
        except AssertionError:
            self.assertEqual(self.sums(), (tokens, cost))

    def test_sums_are_those_of_usage(self):
        self.start_with_all()
        self.check_sums(self.usage(self.kaizend))
        self.assertEqual(self.the_collector.complaints(), [])

    def test_two_members_are_two_series(self):
        self.start_with_all()
        state = self.new_state()
        (state / "config.toml").write_text((self.state / "config.toml").read_text())
        (state / "config.toml").chmod(0o600)
        other = self.daemon_as_nobody(state).wait_until_up()
        other.wait_for_lines(sum(map(harness.count_lines, harness.corpus_home.session_files(self.home))), PATIENCE)
        self.told_of_all(other, state)
        usage = self.usage(self.kaizend)
        self.check_sums(usage, self.usage(other))
        by_member = self.prometheus.query(f"sum by (instance) ({TOKENS})")
        self.assertEqual(len(by_member), 2)
        self.assertEqual(len({value for _, value in by_member}), 1, "both have the same sessions")
        for labels, _ in by_member:
            self.assertRegex(labels["instance"], "^blake3:[0-9a-f]{64}$")
        self.assertEqual(self.the_collector.complaints(), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
