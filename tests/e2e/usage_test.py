"""Tokens and cost through the built programs: the sums are those of a plain reading of the files, prices can be replaced, and
what has no price is never silently left out."""
import collections
import json
import subprocess
import unittest
import uuid

import harness

# Whatever the clock of this machine says.
ALL_TIME = "since=0&until=4102444800000"

COUNTERS = {"input": "input_tokens", "cache_read": "cache_read_input_tokens", "cache_write": "cache_creation_input_tokens",
            "output": "output_tokens"}


def objects_of(text):
    """Each object of a file of JSON lines, also where two stand on one line."""
    decoder = json.JSONDecoder()
    for line in text.split("\n"):
        while line.strip():
            try:
                value, end = decoder.raw_decode(line.strip())
            except ValueError:
                break
            yield value
            line = line.strip()[end:]


def plain_claude_sums(files):
    """By model: of each response (message id, and request id where lines name different ones) the largest of each counter."""
    responses, requests = {}, {}
    for file in files:
        for line in objects_of(file.read_text(errors="replace")):
            message = line.get("message") if isinstance(line, dict) and line.get("type") == "assistant" else None
            usage = message.get("usage") if isinstance(message, dict) else None
            if not isinstance(usage, dict) or message.get("model") in (None, "", "<synthetic>") or line.get("isApiErrorMessage"):
                continue
            if not any(isinstance(usage.get(name), int) for name in COUNTERS.values()):
                continue
            name = message.get("id") or line["uuid"]
            request = line.get("requestId")
            first = requests.setdefault(name, request) or request
            key = (name, request if request and request != first else None)
            model, counters = responses.setdefault(key, (message["model"], collections.Counter()))
            responses[key] = (min(model, message["model"]), counters)
            for counter, member in COUNTERS.items():
                tokens = usage.get(member) or 0
                counters[counter] = max(counters[counter], tokens if tokens <= 1 << 40 else 0)  # more is not believed
    sums = collections.defaultdict(collections.Counter)
    for model, counters in responses.values():
        sums[model].update(counters)
        sums[model]["responses"] += 1
    return sums


def answer(number, model, tokens):
    return json.dumps({"type": "assistant", "uuid": str(uuid.uuid4()), "timestamp": "2026-11-20T10:00:00.000Z",
                       "cwd": "/home/ana/app", "requestId": f"req_{number}",
                       "message": {"id": f"msg_{number}", "role": "assistant", "model": model,
                                   "content": [{"type": "text", "text": "yes"}],
                                   "usage": {"input_tokens": tokens, "output_tokens": tokens}}})


class UsageOfTheCorpus(harness.Case):
    def test_is_that_of_a_plain_reading_of_the_files(self):
        harness.corpus_home.lay_out(self.home)
        files = harness.corpus_home.session_files(self.home)
        kaizend = self.daemon(self.new_state()).wait_until_up()
        kaizend.wait_for_lines(sum(map(harness.count_lines, files)))
        expected = plain_claude_sums([f for f in files if ".claude" in f.parts])
        found = {row["key"]: row["usage"] for row in kaizend.get(f"/v1/usage?by=model&{ALL_TIME}&agent=claude")["rows"]}
        self.assertEqual(set(found), set(expected))
        for model, counters in expected.items():
            with self.subTest(model=model):
                self.assertEqual(found[model]["responses"], counters["responses"])
                for counter in COUNTERS:
                    self.assertEqual(found[model]["tokens"][counter] or 0, counters[counter], counter)
        print(f"\n{sum(c['responses'] for c in expected.values())} Claude responses of {len(expected)} models checked")

        # However it is asked, the total is the same, and the rows make it up.
        total = kaizend.get(f"/v1/usage?by=day&{ALL_TIME}")["total"]
        for by in ("week", "month", "model", "agent", "workspace", "session"):
            usage = kaizend.get(f"/v1/usage?by={by}&{ALL_TIME}&tz=Asia/Kathmandu")
            self.assertEqual(usage["total"], total, by)
            self.assertEqual(sum(row["usage"]["responses"] for row in usage["rows"]), total["responses"], by)
            self.assertEqual(sum(row["usage"]["tokens"]["output"] or 0 for row in usage["rows"]), total["tokens"]["output"], by)
        uncounted = kaizend.get(f"/v1/usage?by=agent&{ALL_TIME}")
        self.assertEqual([u["agent"] for u in uncounted["uncounted"]], ["cursor"])
        cursor = next(row for row in uncounted["rows"] if row["key"] == "cursor")
        self.assertTrue(all(count is None for count in cursor["usage"]["tokens"].values()))
        self.assertIsNone(cursor["usage"]["cost_usd_e6"])

        # A family is its members.
        for session in kaizend.get("/v1/sessions?limit=1000")["sessions"]:
            detail = kaizend.get(f"/v1/sessions/{session['id']}")
            if not session["children"] or session["usage_with_children"] is None:
                continue
            members = [detail["session"], *detail["children"]]
            self.assertEqual(session["usage_with_children"]["tokens"]["output"],
                             sum((m["tokens"] or {}).get("output") or 0 for m in members))


class Prices(harness.Case):
    def start(self, prices=None):
        self.state = self.new_state()
        self.prices = self.home / "prices.toml"
        if prices is not None:
            self.prices.write_text(prices)
            (self.state / "config.toml").write_text(f'[prices]\nfile = "{self.prices}"\n')
        self.session_file(f".claude/projects/-home-ana-app/{uuid.uuid4()}.jsonl",
                          [answer(1, "claude-sonnet-4-5", 1000), answer(2, "house-model", 10)])
        kaizend = self.daemon(self.state).wait_until_up()
        kaizend.wait_for_lines(2)
        return kaizend

    def total(self, kaizend):
        return kaizend.get(f"/v1/usage?{ALL_TIME}")["total"]

    def test_what_has_no_price_is_named_with_its_tokens(self):
        kaizend = self.start()
        usage = kaizend.get(f"/v1/usage?{ALL_TIME}")
        self.assertEqual(usage["unpriced"], [{"model": "house-model", "responses": 1, "tokens": 20}])
        self.assertEqual((usage["total"]["cost_usd_e6"], usage["total"]["unpriced_responses"]), (18000, 1))
        words = ("usage", "--by", "model", "--since", "2026-11-01", "--until", "2026-12-01", "--utc")
        shown = kaizend.ctl(*words).stdout
        self.assertIn("house-model (1 response, 20 tokens): not in the cost", shown)
        self.assertRegex(shown, r"claude-sonnet-4-5 +1 +1\.0k +1\.0k +\$0\.02 ")
        self.assertRegex(shown, r"Total +2 .* \$0\.02\+\n")
        self.assertEqual(json.loads(kaizend.ctl(*words, "--json").stdout)["total"], usage["total"])
        session = kaizend.get("/v1/sessions")["sessions"][0]
        self.assertEqual((session["cost_usd_e6"], session["unpriced_responses"], session["tokens"]["input"]), (18000, 1, 1010))
        self.assertIn("$0.02+", kaizend.ctl("sessions").stdout)
        self.assertIn("house-model", kaizend.ctl("show", session["id"]).stdout)

    def test_a_table_of_the_users_own_goes_over_the_built_in_one_and_prices_anew_only_when_asked(self):
        table = 'date = 2026-11-01\n[[model]]\nmatch = "house-model"\ninput = 100\noutput = {}\n'
        kaizend = self.start(table.format(100))
        self.assertEqual(self.total(kaizend)["cost_usd_e6"], 18000 + 2000)
        self.prices.write_text(table.format(300))
        self.assertEqual(json.loads(kaizend.ctl("reload", "--json").stdout)["applied"], ["prices.file"])
        usage = kaizend.get(f"/v1/usage?{ALL_TIME}")
        self.assertEqual(usage["total"]["cost_usd_e6"], 20000)
        self.assertEqual([p["current"] for p in usage["prices"]], [True, False])
        self.assertIn("kaizenctl usage reprice", kaizend.ctl("usage", "--since", "2026-11-01", "--until", "2026-12-01").stdout)
        status, repriced = kaizend.request("POST", "/v1/usage/reprice", body="{}")
        self.assertEqual((status, repriced["responses"], repriced["changed"], repriced["unpriced_responses"]), (200, 2, 1, 0))
        self.assertEqual((repriced["cost_before_usd_e6"], repriced["cost_after_usd_e6"]), (20000, 22000))
        self.assertEqual(self.total(kaizend)["cost_usd_e6"], 22000)
        self.assertIn("2 looked at · none changed", kaizend.ctl("usage", "reprice").stdout)
        self.assertEqual(kaizend.stop(), 0)
        again = self.daemon(self.state).wait_until_up()
        self.assertEqual(self.total(again)["cost_usd_e6"], 22000)

    def test_a_broken_table_is_said_with_its_place_and_the_built_in_one_prices(self):
        kaizend = self.start('date = 2026-11-01\nmodel = [{match = "a", input = "free", output = 1}]\n')
        item = next(h for h in kaizend.get("/v1/status")["health"] if h["code"] == "prices_unusable")
        self.assertIn(f"{self.prices}:2:", item["title"])
        self.assertEqual(self.total(kaizend)["cost_usd_e6"], 18000)
        refused = kaizend.ctl("reload", check=False)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("prices.toml:2:", refused.stderr)
        checked = subprocess.run([harness.KAIZEND, "--check-config"], env=kaizend.env, capture_output=True, text=True)
        self.assertIn("prices.toml:2:", checked.stderr)
        self.prices.write_text("date = 2026-11-01\n")
        kaizend.ctl("reload")
        self.assertEqual([h for h in kaizend.get("/v1/status")["health"] if h["code"] == "prices_unusable"], [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
