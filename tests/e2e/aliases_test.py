"""A repository that is renamed while the daemon runs, and the aliases that join its two names at a reload."""
import json
import shutil
import subprocess
import unittest

import harness

OLD, NEW, THIRD = (f"{letter * 8}-0000-4000-8000-00000000000{number}" for number, letter in enumerate("abc"))


def lines(session, cwd, *numbers):
    """A prompt and an answer of 100 tokens for each number."""
    for number in numbers:
        at = {"sessionId": session, "cwd": str(cwd), "timestamp": f"2026-11-20T10:00:0{number}.000Z", "version": "2.1.330", "isSidechain": False}
        yield json.dumps({"type": "user", "uuid": f"{session}-p{number}", "message": {"role": "user", "content": f"prompt {number}"}, **at})
        yield json.dumps({"type": "assistant", "uuid": f"{session}-a{number}", "message": {
            "role": "assistant", "id": f"m{session}{number}", "model": "claude-sonnet-4-5", "content": [{"type": "text", "text": "done"}],
            "usage": {"input_tokens": 90, "output_tokens": 10}}, **at})


class Aliases(harness.Case):
    def start(self, **sync):
        self.read = 0
        self.state = self.new_state()
        self.sync = sync
        self.configure(self.state, **sync)
        self.kaizend = self.daemon(self.state).wait_until_up()

    def work(self, session, cwd, *numbers):
        """The agent writes to where it calls its session's directory so."""
        written = list(lines(session, cwd, *numbers))
        self.session_file(f".claude/projects/{str(cwd).replace('/', '-')}/{session}.jsonl", written)
        self.read += len(written)
        self.kaizend.wait_for_lines(self.read)

    def reload(self, aliases):
        table = "".join(f'"{old}" = "{new}"\n' for old, new in aliases.items())
        self.configure(self.state, f"[workspace.aliases]\n{table}" if table else "", **self.sync)
        return self.kaizend.request("POST", "/v1/reload")

    def workspaces(self, *words):
        listed = json.loads(self.kaizend.ctl("sessions", "--json", *words).stdout)["sessions"]
        return {session["id"]: session["workspace"] for session in listed}

    def usage(self, *words):
        answer = json.loads(self.kaizend.ctl("usage", "--json", "--since", "2026-11-01", "--until", "2026-12-01", *words).stdout)
        return {row["key"]: (row["usage"]["responses"], row["usage"]["tokens"]["input"]) for row in answer["rows"]}

    def renamed(self):
        """A session in ~/src/old, and one in ~/src/new, which it became."""
        old, new = self.home / "src/old", self.home / "src/new"
        (old / ".git").mkdir(parents=True)
        (old / "lib").mkdir()
        self.work(OLD, old / "lib", 1, 2)
        old.rename(new)
        self.work(NEW, new, 3)
        return str(old), str(new)

    def test_join_what_was_seen_under_both_names(self):
        self.start()
        old, new = self.renamed()
        self.assertEqual(self.workspaces(), {OLD: old, NEW: new})
        self.assertEqual(self.workspaces("--workspace", old), {OLD: old})
        self.assertEqual(self.usage("--by", "workspace"), {old: (2, 180), new: (1, 90)})

        status, report = self.reload({"~/src/old/": new})
        self.assertEqual((status, report["applied"], report["needs_restart"]), (200, ["workspace.aliases"], []))
        both = {OLD: new, NEW: new}
        self.assertEqual(self.workspaces(), both)
        for directory in (old, new, old + "/", str(self.home)):
            self.assertEqual(self.workspaces("--workspace", directory), both, directory)
        self.assertEqual(self.workspaces("--workspace", new + "/lib"), {})
        self.assertEqual(self.usage("--by", "workspace"), {new: (3, 270)})
        for directory in (old, new):
            self.assertEqual(self.usage("--by", "session", "--workspace", directory), {OLD: (2, 180), NEW: (1, 90)})
        table = self.kaizend.ctl("sessions").stdout
        self.assertEqual((table.count(" new "), table.count(" old ")), (2, 0), table)
        shown = self.kaizend.ctl("show", OLD).stdout
        self.assertRegex(shown, r"Workspace +~/src/new\b")
        self.assertIn("~/src/old/lib", shown, "where it was at work")
        self.assertIn("2 sessions", self.kaizend.ctl("forget", "--workspace", old).stdout)

        self.assertEqual(self.reload({})[0], 200)
        self.assertEqual(self.workspaces(), {OLD: old, NEW: new})
        self.assertEqual(self.usage("--by", "workspace"), {old: (2, 180), new: (1, 90)})
        self.assertEqual(self.kaizend.stop(), 0)

    def test_lead_on_and_not_in_a_circle(self):
        self.start()
        old, new = self.renamed()
        newest = str(self.home / "src/newest")
        self.assertEqual(self.reload({old: new, new: newest})[0], 200)
        self.assertEqual(self.workspaces("--workspace", old), {OLD: newest, NEW: newest})
        self.assertEqual(self.usage("--by", "workspace"), {newest: (3, 270)})
        status, error = self.reload({old: new, new: old})
        self.assertEqual(status, 422)
        self.assertIn(f"config.toml:3:1: workspace.aliases: {old} leads back to itself: {old} → {new} → {old}", error["error"]["message"])
        self.assertEqual(self.workspaces(), {OLD: newest, NEW: newest}, "the ones before stay in force")

    def test_join_what_leaves(self):
        self.start(**{**harness.SYNC, "workspace_identity": "path"})
        old, new = self.renamed()
        hashes = lambda: {workspace for _, workspace, _ in harness.outbox_rows(self.state)}
        before = hashes()
        self.assertEqual(len(before), 2)
        self.assertEqual(self.reload({old: new})[0], 200)
        self.kaizend.wait_for(lambda _: self.kaizend.get(f"/v1/preview?session={OLD}")["workspace"] == new, "the preview says so")
        bodies = [json.loads(request["body"]) for session in (OLD, NEW)
                  for request in self.kaizend.get(f"/v1/preview?session={session}")["requests"]]
        self.assertEqual(len({body["workspace_hash"] for body in bodies}), 1)
        self.assertIn(bodies[0]["workspace_hash"], before)
        last = harness.outbox_rows(self.state)[-1]
        self.work(OLD, old + "/lib", 4)
        self.kaizend.wait_for(lambda s: s["balance"]["pending"] > 6, "its rows wait, too")
        rows = harness.outbox_rows(self.state)
        self.assertEqual({workspace for _, workspace, _ in rows[rows.index(last) + 1:]}, {bodies[0]["workspace_hash"]})

    @unittest.skipUnless(shutil.which("git"), "no git here")
    def test_a_worktree_follows_its_repository_when_git_has_repaired_it(self):
        self.start()
        app, shop, fix = (self.home / name for name in ("app", "shop", "fix"))
        git = lambda where, *words: subprocess.run(
            ["git", "-C", where, "-c", "user.name=a", "-c", "user.email=a@b.c", *words], check=True, capture_output=True, env=self.kaizend.env)
        app.mkdir()
        git(app, "init")
        git(app, "commit", "--allow-empty", "-m", "begin")
        git(app, "worktree", "add", fix)
        self.work(OLD, fix, 1)
        app.rename(shop)
        git(shop, "worktree", "repair")
        self.work(NEW, fix, 2)
        shutil.rmtree(fix)
        self.work(THIRD, fix, 3)
        self.assertEqual(self.workspaces(), {OLD: str(app), NEW: str(shop), THIRD: str(shop)})
        self.assertEqual(self.reload({app: shop})[0], 200)
        self.assertEqual(set(self.workspaces("--workspace", str(app)).values()), {str(shop)})
        self.assertEqual(self.kaizend.ctl("sessions").stdout.count("shop@fix"), 3)


if __name__ == "__main__":
    unittest.main()
