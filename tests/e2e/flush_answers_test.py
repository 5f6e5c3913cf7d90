"""The table of spec "flush", the part that is about odd answers, TLS and proxies: a server that breaks HTTP is tried again, one that must
not be trusted makes a pause with words, and no secret gets anywhere."""
import json
import unittest
from pathlib import Path
from tempfile import TemporaryDirectory

import harness  # noqa: F401  (puts tests/support on the path)
from certificates import make_certificates
from connect_proxy import ConnectProxy
from flush_case import NEVER_BY_ITSELF, TOKEN, FlushCase, posts

EVENTS = {"path": "/events", "times": 1}


class OddAnswers(FlushCase):
    def broken(self, step, words, **sync):
        """A transport error, said as it is; the same batch is taken at the next attempt."""
        server = self.serve({**EVENTS, **step})
        self.sessions.write(600)
        self.load(server, **sync)
        self.go()
        self.settle()
        self.check(server)
        sync = self.sync()
        self.assertIn(words, sync["last_error"]["message"])
        self.assertEqual(sync["state"], "idle")
        self.assertEqual(len({r.key for r in posts(server)}), 2)
        self.assertEqual(len(posts(server)), 3)

    def test_slow_drip_body(self):
        self.broken({"drip": "body"}, "in time", request_timeout_ms=300)

    def test_slow_drip_headers(self):
        self.broken({"drip": "headers"}, "in time", request_timeout_ms=300)

    def test_garbage(self):
        self.broken({"garbage": "\x16\x03\x01 what is this\r\n\r\n"}, "does not answer in HTTP/1.1")

    def test_another_protocol(self):
        self.broken({"garbage": "SSH-2.0-OpenSSH_9.2p1\r\n"}, "does not answer in HTTP/1.1")

    def test_answer_cut_in_its_head(self):
        self.broken({"cut": 20, "cut_by": "fin"}, "in the middle of its answer")

    def test_answer_cut_in_its_body(self):
        self.broken({"cut": -5, "cut_by": "fin"}, "in the middle of its answer")

    def test_endless_body(self):
        self.broken({"endless": True}, "larger than 16 KiB of header or 1 MiB of body")

    def test_huge_headers(self):
        self.broken({"header_bytes": 40_000}, "larger than 16 KiB of header or 1 MiB of body")

    def test_reset_before_the_body_was_read(self):
        """On the connection that is kept and on a fresh one: what is kept may just have been closed."""
        server = self.serve({"path": "/events", "cut": "before_body", "times": 2})
        self.sessions.write(600)
        self.load(server)
        self.go()
        self.settle()
        self.check(server)
        self.assertIn("closed the connection", self.sync()["last_error"]["message"])
        self.assertEqual([r.attempt for r in posts(server)], [1, 2, 3, 1])

    def test_a_server_that_never_answers(self):
        server = self.serve({**EVENTS, "hold": True})
        self.sessions.write(600)
        self.load(server, request_timeout_ms=300)
        self.go()
        self.settle()
        self.assertIn("did not answer in time", self.sync()["last_error"]["message"])
        self.check(server)

    def test_307_to_elsewhere_pauses_and_nothing_is_sent_there(self):
        elsewhere = self.serve()
        server = self.serve({"path": "/events", "status": 307, "headers": {"Location": f"{elsewhere.url}/v1/events?ticket=s3cr3t"}})
        self.sessions.write(600)
        self.start(server)
        self.enqueued()
        reason = self.wait_for_state("paused")["reason"]
        self.assertIn(f"redirects (307) to {elsewhere.url}/v1/events", reason)
        self.assertIn("not followed with a token", reason)
        self.assertNotIn("s3cr3t", reason)
        self.assertIn(elsewhere.url, self.flush(code=1))
        self.check(server, pending=600)
        self.assertEqual((elsewhere.connections, elsewhere.requests), (0, []))
        server.set_script([])
        self.flush()
        self.check(server)
        self.assertEqual(elsewhere.connections, 0)

    def test_what_a_server_says_can_neither_reorder_nor_hide_text(self):
        said = "a \u202emoc.live\u202c \u2066b\u2069\u200f\u200b\u2028c\u009b31m\x1b[2Jd"
        server = self.serve({"row": r'"event_seq":5[,}]', "status": 400, "body": json.dumps({"code": "bad", "message": said})})
        self.sessions.write(20)
        self.start(server, **NEVER_BY_ITSELF)
        self.enqueued()
        self.flush()
        self.check(server, dead=1)
        [dead] = self.kaizend.get("/v1/outbox?state=dead")["rows"]
        self.assertIn("a moc.live b c31md", dead["reason"])
        told = "".join(self.kaizend.ctl(*words).stdout for words in (["status"], ["outbox", "dead"], ["outbox", "show", str(dead["id"])]))
        self.assertEqual(self.kaizend.stop(), 0)
        for character in "\u202e\u202c\u2066\u2069\u200f\u200b\u2028\u009b\x1b":
            self.assertNotIn(character, told + self.kaizend.log)

    def test_the_token_stands_nowhere_though_the_server_echoes_it(self):
        echo = f"you sent Bearer {TOKEN}, {TOKEN}!"
        server = self.serve({**EVENTS, "status": 500, "body": echo}, {**EVENTS, "status": 401, "body": echo},
                            {**EVENTS, "status": 307, "headers": {"Location": f"http://127.0.0.1/{TOKEN}/x"}},
                            {"row": r'"event_seq":5[,}]', "status": 400, "body": echo})
        self.sessions.write(20)
        self.start(server, **NEVER_BY_ITSELF)
        self.enqueued()
        told = ""
        for _ in range(4):  # a retry by itself may come between
            done = self.kaizend.ctl("flush", "--now", check=False)
            told += done.stdout + done.stderr
            if done.returncode == 0:
                break
        self.check(server, dead=1)
        [dead] = self.kaizend.get("/v1/outbox?state=dead")["rows"]
        self.assertIn("you sent Bearer ***", dead["reason"])
        for words in (["status"], ["status", "--json"], ["outbox"], ["outbox", "dead"], ["outbox", "show", str(dead["id"])],
                      ["sync", "test"], ["doctor"]):
            done = self.kaizend.ctl(*words, check=False)
            told += done.stdout + done.stderr
        told += str(self.status()) + str(self.kaizend.get("/v1/outbox?state=dead"))
        told += Path(f"/proc/{self.kaizend.process.pid}/cmdline").read_text()
        self.assertEqual(self.kaizend.stop(), 0)
        told += self.kaizend.log
        self.assertNotIn(TOKEN, told)
        for file in self.state.iterdir():
            if file.is_file() and file.name != "config.toml":
                self.assertNotIn(TOKEN.encode(), file.read_bytes(), file.name)


class PlainHttp(FlushCase):
    """Anybody on the way may answer: rows go only by an answer that shows whose it is."""

    PORTAL = "<!DOCTYPE html>\n<html><title>Welcome to the airport</title></html>"

    def keeps_all(self, words, **answer):
        server = self.serve({"path": "/v1/", "foreign": True, "take": False, **answer})
        self.sessions.write(600)
        self.load(server)
        self.go()
        sync = self.wait_for_state("paused")
        self.assertIn(f"what answers ({words}) is not the ingest endpoint, perhaps a captive portal: ", sync["reason"])
        self.assertIn("log in to the network, or check sync.endpoint", sync["reason"])
        self.check(server, pending=600)
        self.assertIn("captive portal", self.flush(code=1))
        self.check(server, pending=600)
        server.set_script([])
        self.assertIn("all sent", self.flush())
        self.check(server)

    def test_a_log_in_page_takes_no_row(self):
        self.keeps_all("200, a web page", status=200, body=self.PORTAL, headers={"Content-Type": "text/html; charset=utf-8"})

    def test_nor_does_any_other_2xx(self):
        self.keeps_all("200", status=200, body='{"status":"ok"}')

    def test_nor_does_a_204(self):
        self.keeps_all("204", status=204, body="")

    def test_nor_does_a_409(self):
        self.keeps_all("409", status=409, body="conflict")

    def test_a_400_of_another_makes_no_dead_letters(self):
        self.keeps_all("400, a web page", status=400, body="<html>The plain HTTP request was sent to HTTPS port</html>")

    def test_the_header_alone_is_enough_and_so_is_the_body(self):
        server = self.serve({"key": 1, "status": 204, "body": ""}, {"key": 2, "foreign": True}, {"key": 3, "status": 200, "body": "thanks"},
                            {"key": 4, "attempt": 1, "cut": "after_body", "take": True}, {"key": 4, "foreign": True})
        self.sessions.write(2000)
        self.load(server)
        self.go()
        self.settle()
        self.check(server)
        self.assertEqual([r.status for r in posts(server)], [204, 202, 200, None, 409])


class Tls(FlushCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.directory = TemporaryDirectory(prefix="kaizen-certificates-")
        cls.addClassCleanup(cls.directory.cleanup)
        cls.ca = str(make_certificates(cls.directory.name))

    def serve_tls(self, name, *script):
        return self.serve(*script, tls=name, certificate_directory=self.directory.name)

    def test_over_https_the_certificate_is_the_proof(self):
        server = self.serve_tls("good", {"key": 1, "foreign": True, "status": 200, "body": "thanks"},
                                {"key": 2, "foreign": True, "status": 204, "body": ""})
        self.sessions.write(1000)
        self.load(server, ca_file=self.ca)
        self.go()
        self.settle()
        self.check(server)
        self.assertIsNone(json.loads(self.kaizend.ctl("sync", "test", "--json").stdout)["proof"])

    def refused(self, name, words, fix, **sync):
        """A pause with these words; a server with a good certificate, named by reload, gets all."""
        bad, good = self.serve_tls(name), self.serve_tls("good")
        self.sessions.write(600)
        self.start(bad, **NEVER_BY_ITSELF, **sync)
        self.enqueued()
        reason = self.wait_for_state("paused")["reason"]
        self.assertIn(words, reason)
        self.assertIn(fix, reason)
        self.assertIn(words, self.flush(code=1))
        self.check(bad, pending=600)
        self.assertEqual(bad.requests, [])
        self.point_at(good.url, ca_file=self.ca, **NEVER_BY_ITSELF)
        self.reload()
        self.settle()
        self.check(good)
        self.assertEqual(self.sync()["state"], "idle")

    def test_good_certificate_of_ca_file(self):
        server = self.serve_tls("good")
        self.sessions.write(1200)
        self.load(server, ca_file=self.ca)
        self.go()
        self.settle()
        self.check(server)
        self.assertLessEqual(server.connections, 2, "connections are kept")

    def test_expired(self):
        self.refused("expired", "has expired", "clock", ca_file=self.ca)

    def test_wrong_name(self):
        self.refused("wrong-name", "is for another name", "sync.endpoint", ca_file=self.ca)

    def test_self_signed(self):
        self.refused("self-signed", "is signed by itself", "put its certificate into sync.ca_file", ca_file=self.ca)

    def test_unknown_authority(self):
        self.refused("good", "an authority that is not known here", "sync.ca_file")

    def test_ca_file_that_is_not_there(self):
        self.refused("good", "cannot read", "sync.ca_file", ca_file="/nonexistent/ca.pem")

    def test_a_plain_server_behind_https_is_tried_again(self):
        server = self.serve()
        self.sessions.write(60)
        self.point_at(server.url.replace("http:", "https:"), **NEVER_BY_ITSELF)
        self.start()
        self.enqueued()
        self.assertIn("TLS", self.flush(code=1))
        self.point_at(server.url, **NEVER_BY_ITSELF)
        self.reload()
        self.settle()
        self.check(server)

    def test_connect_through_a_proxy(self):
        """Loopback never goes through a proxy, so the server has a name that only the proxy knows. (NO_PROXY: tests/flush.)"""
        server = self.serve_tls("wrong-name")
        proxy = ConnectProxy(server.port)
        self.addCleanup(proxy.close)
        self.sessions.write(1200)
        self.point_at("https://elsewhere.example", ca_file=self.ca)
        self.start(env={"HTTPS_PROXY": f"http://ana:s3cr3t-word@127.0.0.1:{proxy.port}"})
        self.settle()
        self.check(server)
        self.assertEqual({head.splitlines()[0] for head in proxy.heads}, {"CONNECT elsewhere.example:443 HTTP/1.1"})
        for head in proxy.heads:
            self.assertIn("Proxy-Authorization: Basic ", head)
            self.assertNotIn(TOKEN, head)
        self.assertEqual(self.kaizend.stop(), 0)
        self.assertNotIn("s3cr3t-word", self.kaizend.log)

    def test_a_proxy_that_refuses(self):
        proxy = ConnectProxy(None)
        self.addCleanup(proxy.close)
        self.sessions.write(60)
        self.point_at("https://elsewhere.example", ca_file=self.ca, **NEVER_BY_ITSELF)
        self.start(env={"HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}"})
        self.enqueued()
        told = " ".join(self.flush(code=1).split())
        self.assertIn(f"the proxy 127.0.0.1:{proxy.port} refuses to connect us (407)", told)
        self.check(pending=60)


if __name__ == "__main__":
    unittest.main(verbosity=2)
