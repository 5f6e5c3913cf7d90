"""The recipes, word for word but for the addresses: what a team's own stores get of what kaizend exports."""
import unittest
from pathlib import Path

import receivers
from lane_case import PATIENCE, LaneCase, harness
from received import bodies_check

RECIPES = Path(__file__).resolve().parent / "recipes"
GRPC_STORE = """
receivers:
  otlp:
    protocols:
      grpc:
        endpoint: 127.0.0.1:{port}
"""
WITHOUT_METRICS = "  telemetry:\n    metrics:\n      level: none\n"  # of itself, on a port of its own


class Store(receivers.Collector):
    """A second Collector that plays a trace store: it takes OTLP over gRPC."""

    def to_file(self, signals):
        return super().to_file(signals).replace(receivers.RECEIVER.format(port=self.port), GRPC_STORE.format(port=self.port))

    def start(self):
        self.run(receivers.COLLECTOR, "--config", self.config)
        receivers.wait_until(lambda: "Everything is ready" in self.log, "the store runs")
        return self


class Recipes(LaneCase):
    def of_recipe(self, name, **addresses):
        """A Collector by the recipe, and a daemon by the recipe that sends all that there is."""
        def text_of(file, port):
            text = (RECIPES / name / file).read_text()
            for address, place in {"localhost:4318": f"127.0.0.1:{port}", **addresses}.items():
                text = text.replace(address, place)
            return text
        collector = receivers.Collector(self.folder, f"collector-for-{name}", config=lambda new: text_of("collector.yaml", new.port) + WITHOUT_METRICS)
        self.state = self.new_state()
        config = self.state / "config.toml"
        config.write_text(text_of("kaizen.toml", collector.port))
        config.chmod(0o600)
        return collector

    def export_all(self):
        lines = self.lay_out()
        self.kaizend = self.daemon(self.state).wait_until_up()
        self.kaizend.wait_for_lines(lines, PATIENCE)
        self.told_of_all(self.kaizend, self.state)
        self.assertIn("to exporters only", self.kaizend.ctl("status").stdout)

    def check_traces(self, store, *collectors):
        for collector in (*collectors, store):  # each hands over what it holds
            collector.stop()
        spans = [span for body in store.bodies() for resource in body["resourceSpans"] for scope in resource["scopeSpans"] for span in scope["spans"]]
        calls = {(span["traceId"], span["spanId"]) for span in spans if span["name"].startswith("execute_tool")}
        self.assertEqual(len(calls), self.stored(self.state)[1])
        self.assertEqual([line for collector in (*collectors, store) for line in collector.complaints()], [])
        return spans

    def test_traces_alone(self):
        store = self.run_receiver(Store(self.folder, "store", signals=["traces"]))
        collector = self.run_receiver(self.of_recipe("traces", **{"localhost:4317": f"127.0.0.1:{store.port}"}))
        self.export_all()
        self.check_traces(store, collector)

    def test_prometheus_and_a_trace_store(self):
        store = self.run_receiver(Store(self.folder, "store", signals=["traces"]))
        prometheus = self.run_receiver(receivers.Prometheus(self.folder))
        addresses = {"localhost:4317": f"127.0.0.1:{store.port}", "localhost:9090": f"127.0.0.1:{prometheus.port}"}
        collector = self.run_receiver(self.of_recipe("prometheus", **addresses))
        self.export_all()
        output = 'sum(kaizen_usage_tokens_total{kaizen_token_class="output"})'
        spans = self.check_traces(store, collector)
        attributes = [bodies_check.with_attributes(span)["attributes"] for span in spans]
        of_traces = bodies_check.total(attributes, "gen_ai.usage.output_tokens")
        self.assertGreater(of_traces, 0)
        self.assertEqual([value for _, value in prometheus.query(output)], [of_traces])

    def test_clickhouse_is_a_configuration_that_holds(self):
        collector = self.of_recipe("clickhouse")
        done = collector.validate()
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))

    def test_each_recipe_is_one_that_the_daemon_takes(self):
        for recipe in sorted(RECIPES.iterdir()):
            with self.subTest(recipe=recipe.name):
                self.of_recipe(recipe.name)
                checking = self.daemon(self.state, "--check-config")
                checking.process.wait(timeout=harness.DEADLINE)
                self.assertEqual(checking.stop(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
