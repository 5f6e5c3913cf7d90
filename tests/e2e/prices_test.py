"""Prices through the built programs: a public list is imported, read again, priced by, and taken away; what it does not say stays, what
the user says goes over it, and a bad list changes nothing."""
import json
import os
import unittest

import harness
from usage_test import answer

ALL = "/v1/prices?all=true"
ROSE = "claude-opus-4-6"  # built in at 5 and 25 dollars, with factors and fees
LITELLM = {
    "sample_spec": {"litellm_provider": "one of many", "input_cost_per_token": 0.0},
    ROSE: {"litellm_provider": "anthropic", "mode": "chat", "input_cost_per_token": 4e-06, "output_cost_per_token": 2e-05,
           "cache_read_input_token_cost": 4e-07},
    "vertex_ai/claude-opus-4-6": {"litellm_provider": "vertex_ai-anthropic_models", "mode": "chat", "input_cost_per_token": 9e-06,
                                  "output_cost_per_token": 9e-05},
    "house-model": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1.5e-06, "output_cost_per_token": 6.0000000000000002e-06},
    "painter": {"litellm_provider": "openai", "mode": "image_generation", "output_cost_per_image": 0.04},
    "elsewhere": {"litellm_provider": "together_ai", "mode": "chat", "input_cost_per_token": 1e-06, "output_cost_per_token": 1e-06},
}
MODELS_DEV = {
    "openai": {"id": "openai", "models": {"house-model": {"last_updated": "2026-11-02", "cost": {"input": 3, "output": 12}}}},
    "elsewhere": {"id": "elsewhere", "models": {"a": {}, "b": {}}},
}


class Prices(harness.Case):
    def setUp(self):
        super().setUp()
        self.session_file(".claude/projects/-home-ana-app/2c35c432-9a19-404f-8591-810b875cfe2f.jsonl",
                          [answer(1, ROSE, 1_000_000), answer(2, "openai/house-model", 1_000_000)])
        self.state = self.new_state()
        self.kaizend = self.daemon(self.state).wait_until_up()
        self.kaizend.wait_for_lines(2)
        self.table = self.state / "prices-imported.toml"

    def list_file(self, content, name="model_prices_and_context_window.json"):
        file = self.home / name
        file.write_text(content if isinstance(content, str) else json.dumps(content))
        return file

    def entry(self, model):
        return {entry["model"]: entry for entry in self.kaizend.get(ALL)["entries"]}.get(model)

    def prices(self, *words, check=True):
        return self.kaizend.ctl("prices", *words, check=check)

    def test_of_the_history_are_shown_with_what_has_none(self):
        shown = self.prices().stdout
        self.assertRegex(shown, rf"{ROSE} +5\.00 +0\.50 +6\.25 +10\.00 +25\.00 .*\$30\.00")
        self.assertIn("openai/house-model (1 response, 2.0M tokens)", shown)
        self.assertIn("more entries that no response here used: --all", shown)
        self.assertNotIn("gpt-5.2-codex", shown)
        self.assertIn("gpt-5.2-codex", self.prices("--all").stdout)
        self.assertIn("gpt-5.2-codex", self.prices("GPT-5.2-c").stdout)
        found = json.loads(self.prices("--json").stdout)
        self.assertEqual([(entry["model"], entry["usage"]["cost_usd_e6"]) for entry in found["entries"]], [(ROSE, 30_000_000)])
        self.assertEqual([model["model"] for model in found["unpriced"]], ["openai/house-model"])

    def test_are_imported_and_taken_away_again(self):
        list_file = self.list_file(LITELLM)
        planned = self.prices("import", list_file).stdout
        self.assertIn("input 5.00 → 4.00", planned)
        self.assertIn("house-model", planned)
        self.assertIn("1 of resellers, where the maker's own price is taken, such as claude-opus-4-6", planned)
        self.assertFalse(self.table.exists(), "only said")
        self.prices("import", list_file, "--yes")
        self.assertEqual(self.table.stat().st_mode & 0o777, 0o600)
        self.assertEqual(list(self.state.glob("*.part")), [])
        rose = self.entry(ROSE)
        self.assertEqual((rose["layer"], rose["input_usd_e6"], rose["cache_read_usd_e6"]), ("imported", 4_000_000, 400_000))
        self.assertEqual((rose["batch_e3"], rose["regional_e3"], rose["fast_e3"], rose["web_search_usd_e6"]), (500, 1100, 6000, 10_000),
                         "what the list does not say stays")
        self.assertEqual(rose["usage"]["cost_usd_e6"], 30_000_000, "the past is as it was")
        self.assertEqual(self.entry("house-model")["output_usd_e6"], 6_000_000)
        self.kaizend.ctl("usage", "reprice")
        self.assertEqual(self.entry(ROSE)["usage"]["cost_usd_e6"], 24_000_000)
        self.assertEqual(self.entry("house-model")["usage"]["cost_usd_e6"], 7_500_000)
        shown = self.prices().stdout
        self.assertIn("imported, of ", shown)
        self.assertIn("LiteLLM, model_prices_and_context_window.json, imported on ", shown)
        again = json.loads(self.prices("import", list_file, "--json").stdout)
        self.assertEqual((again["new"], again["changed"], again["unchanged"]), ([], [], 2))

        self.assertIn("2 imported entries", self.prices("import", "--remove").stdout)
        self.assertTrue(self.table.exists())
        self.prices("import", "--remove", "--yes")
        self.assertFalse(self.table.exists())
        self.assertEqual((self.entry(ROSE)["layer"], self.entry(ROSE)["input_usd_e6"]), ("built_in", 5_000_000))
        self.assertIsNone(self.entry("house-model"))

    def test_of_the_user_go_over_those_that_are_imported(self):
        own = self.state / "prices.toml"
        own.write_text('date = 2026-11-01\nmodel = [{match = "house-model", input = 7.0, output = 7.0}]\n')
        harness.configure(self.state, f'[prices]\nfile = "{own}"\n')
        self.kaizend.ctl("reload")
        planned = self.prices("import", self.list_file(MODELS_DEV, "api.json"), "--yes").stdout
        self.assertIn("house-model: stay as your own file says", planned)
        self.assertIn('date = 2026-11-02\nsource = "models.dev, api.json, imported on ', self.table.read_text())
        house = self.entry("house-model")
        self.assertEqual((house["layer"], house["input_usd_e6"]), ("own", 7_000_000))
        self.assertEqual([table["layer"] for table in self.kaizend.get(ALL)["tables"]], ["built_in", "imported", "own"])

    def test_stay_in_force_when_kaizend_starts_again(self):
        self.prices("import", self.list_file(MODELS_DEV, "api.json"), "--yes")
        self.kaizend.stop()
        self.kaizend = self.daemon(self.state).wait_until_up()
        self.assertEqual(self.entry("house-model")["input_usd_e6"], 3_000_000)
        gone = self.prices("import", self.list_file(LITELLM | {"house-model": {}}), "--yes").stdout
        self.assertIn("Gone        house-model", gone)
        self.assertIsNone(self.entry("house-model"))

    def test_stand_beside_the_configuration_that_kaizend_reads(self):
        self.kaizend.stop()
        place = self.home / "elsewhere"
        place.mkdir()
        (place / "config.toml").write_text("")
        self.kaizend = self.daemon(self.state, "--config", os.path.relpath(place / "config.toml")).wait_until_up()
        self.prices("import", self.list_file(MODELS_DEV, "api.json"), "--yes")
        self.assertFalse(self.table.exists())
        self.assertTrue((place / "prices-imported.toml").exists())
        self.assertEqual(self.entry("house-model")["layer"], "imported")

    def test_are_not_touched_by_a_bad_list(self):
        self.prices("import", self.list_file(MODELS_DEV, "api.json"), "--yes")
        before = self.table.read_bytes()
        for name, content, said in [("cut.json", json.dumps(LITELLM)[:-5], "cut.json:1:"), ("other.json", '{"a": 1}', "no price list that is known"),
                                    ("deep.json", "[" * 1_000_000, "nested too deeply"), ("bytes.json", "\x00\x01", "bytes.json:1:1"),
                                    ("large.json", " " * (33 << 20), "larger than 32 MiB")]:
            with self.subTest(name):
                done = self.prices("import", self.list_file(content, name), "--yes", check=False)
                self.assertEqual(done.returncode, 1)
                self.assertIn(said, done.stderr)
                self.assertEqual(self.table.read_bytes(), before)
        self.assertEqual(self.entry("house-model")["input_usd_e6"], 3_000_000)

    def test_that_a_person_broke_are_said_to_be_broken(self):
        self.prices("import", self.list_file(MODELS_DEV, "api.json"), "--yes")
        self.kaizend.stop()
        self.table.write_text("date = soon\n")
        self.kaizend = self.daemon(self.state).wait_until_up()
        health = {item["code"]: item for item in self.kaizend.get("/v1/status")["health"]}
        self.assertIn("prices-imported.toml:1:", health["prices_unusable"]["title"])
        self.prices("import", "--remove", "--yes")
        self.assertNotIn("prices_unusable", {item["code"] for item in self.kaizend.get("/v1/status")["health"]})


if __name__ == "__main__":
    unittest.main()
