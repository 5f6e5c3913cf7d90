#include <algorithm>

#include "daemon/redact/checksums.h"
#include "tests/redact/cases.h"

namespace kaizen::test {
namespace {

std::string url_password(Shapes& shapes) {
    return shapes.make(shapes.one_of<std::string>({"{a16}", "{a12}%40{a4}", "{u24}", "{h32}", "{a8}!{a4}"}));
}

// How a text gets into a transcript.
std::vector<std::pair<std::string, std::string>> dresses(const std::vector<std::string>& lines) {
    const auto joined = [&](const std::string& before, const std::string& after) {
        std::string out;
        for (const std::string& line : lines) out += before + line + after;
        return out;
    };
    std::string numbered;
    for (std::size_t i = 0; i < lines.size(); ++i)
        numbered += "  " + std::to_string(i + 1) + "\xE2\x86\x92" + lines[i] + "\n";
    std::string tabbed;
    for (std::size_t i = 0; i < lines.size(); ++i)
        tabbed += "  " + std::to_string(i + 1) + "\t" + lines[i] + "\n";
    std::string cut;
    for (std::size_t i = 0; i + 1 < lines.size(); ++i) cut += lines[i] + "\n";
    std::string tail;
    for (std::size_t i = 2; i < lines.size(); ++i) tail += lines[i] + "\n";
    return {{"plain", joined("", "\n")},
            {"CRLF", joined("", "\r\n")},
            {"escaped", "\"" + joined("", "\\n") + "\""},
            {"escaped twice", joined("", "\\\\n")},
            {"escaped CRLF", joined("", "\\r\\n")},
            {"indented", "key: |\n" + joined("    ", "\n")},
            {"diff", joined("+", "\n")},
            {"one line", joined("", " ")},
            {"cat -n", numbered},
            {"numbered by tabs", tabbed},
            {"quoted lines", joined("\"", "\\n\" +\n")},
            {"without END", cut},
            {"without BEGIN", tail},
            {"in prose", "Here it is:\n" + joined("", "\n") + "Keep it safe, the server needs it.\n"}};
}

}  // namespace

std::string password(Shapes& shapes) {
    static const std::vector<std::string> kShapes = {
        "{a16}",          "{a20}",          "{a12}!{d2}",    "{u24}", "Summer{d4}!",
        "hunter{d2}{l3}", "{l5}-{l5}-{d4}", "Tr0ub4dor{d3}", "{h32}", "p@{l6}{d3}"};
    return shapes.make(shapes.one_of(kShapes));
}

Cases in_contexts(std::string_view name, const std::vector<std::string>& contexts, std::size_t times,
                  Shapes& shapes, std::string (*make)(Shapes&)) {
    Cases cases;
    for (const std::string& context : contexts) {
        for (std::size_t i = 0; i < times; ++i) {
            const std::string secret = make(shapes);
            cases.push_back({std::string(name) + " in " + context, filled(context, secret), secret});
        }
    }
    return cases;
}

Cases private_keys(Shapes& shapes) {
    Cases cases;
    for (const std::string label : {"RSA PRIVATE KEY", "PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY",
                                    "ENCRYPTED PRIVATE KEY", "DSA PRIVATE KEY", "PGP PRIVATE KEY BLOCK"}) {
        std::vector<std::string> lines = {"-----BEGIN " + label + "-----"};
        if (label == "DSA PRIVATE KEY") {
            lines.emplace_back("Proc-Type: 4,ENCRYPTED");
            lines.push_back("DEK-Info: AES-128-CBC," + shapes.make("{H32}"));
        }
        const std::size_t first = lines.size();
        for (int i = 0; i < 8; ++i) lines.push_back(shapes.make("{b64}"));
        lines.push_back(shapes.make("{b22}=="));
        const std::size_t last = lines.size();
        lines.push_back("-----END " + label + "-----");
        for (const auto& [dress, text] : dresses(lines)) {
            for (std::size_t i = first; i < last; ++i) {
                if (text.find(lines[i]) != std::string::npos)
                    cases.push_back({label + ", " + dress, text, lines[i]});
            }
        }
    }
    std::string putty = "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: x\nPublic-Lines: 2\n";
    putty += shapes.make("{b64}\n{b20}\nPrivate-Lines: 1\n");
    const std::string line = shapes.make("{b48}");
    cases.push_back({"PuTTY", putty + line + "\nPrivate-MAC: " + shapes.make("{h64}") + "\n", line});
    const std::string wrapped = shapes.make("{wrapped-key}");
    cases.push_back({"kubeconfig", "    client-key-data: " + wrapped + "\n", wrapped});
    cases.push_back({"base64 of a key", "echo " + wrapped + " | base64 -d", wrapped});
    const std::string escaped = shapes.make("-----BEGIN PRIVATE KEY-----\\n{b64}\\n");
    const std::string body = shapes.make("{b64}");
    cases.push_back({"service account",
                     R"({"type": "service_account", "private_key": ")" + escaped + body +
                         R"(\n-----END PRIVATE KEY-----\n"})",
                     body});
    return cases;
}

Cases connection_strings(Shapes& shapes) {
    Cases cases = in_contexts("connection string",
                              {"postgres://app:{}@db.acme.test:5432/app",
                               "DATABASE_URL=mysql://root:{}@127.0.0.1/app?ssl=true",
                               "redis://:{}@cache:6379/0",
                               "mongodb+srv://app:{}@cluster0.mongodb.net/app?retryWrites=true",
                               "amqp://guest2:{}@rabbit:5672/vhost",
                               "url: \"postgresql+asyncpg://app:{}@db/app\"",
                               "jdbc:postgresql://db:5432/app?user=app&password={}",
                               "jdbc:oracle:thin:scott/{}@//db:1521/orcl",
                               "Server=db;Database=app;User Id=sa;Password={};Encrypt=true",
                               "Driver={ODBC};Server=db;Uid=sa;Pwd={};",
                               "host=db port=5432 user=app password={} dbname=app",
                               "app:{}@tcp(db:3306)/app?parseTime=true",
                               "smtp://mailer:{}@smtp.acme.test:587",
                               "ftp://ada:{}@ftp.acme.test/pub",
                               "ldap://cn=admin:{}@ldap",
                               "clickhouse://default:{}@ch:9000/app",
                               "snowflake://app:{}@acme/db",
                               "sftp://deploy:{}@host/srv",
                               "mssql://sa:{}@db:1433/app",
                               "{\"url\":\"postgres://app:{}@db/app\"}",
                               "socks5://proxy:{}@10.0.0.1:1080"},
                              12, shapes, url_password);
    const Cases keys = in_contexts(
        "account key",
        {"DefaultEndpointsProtocol=https;AccountName=acme;AccountKey={};EndpointSuffix=core.windows.net",
         "Endpoint=sb://acme.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey={}"},
        12, shapes, [](Shapes& s) { return s.make("{b43}{b43}=="); });
    cases.insert(cases.end(), keys.begin(), keys.end());
    const Cases signatures =
        in_contexts("signature",
                    {"https://acme.blob.core.windows.net/c/b?sv=2022-11-02&sp=r&sig={}",
                     "https://b.s3.amazonaws.com/k?X-Amz-Expires=300&X-Amz-Signature={}&x=1"},
                    12, shapes, [](Shapes& s) {
                        return s.make(s.one_of<std::string>({"{a43}%3D", "{h64}"}));
                    });
    cases.insert(cases.end(), signatures.begin(), signatures.end());
    return cases;
}

Cases git_urls(Shapes& shapes) {
    return in_contexts(
        "git URL",
        {"git clone https://{}@github.com/acme/app.git",
         "origin\thttps://ada:{}@github.com/acme/app.git (fetch)",
         "https://x-access-token:{}@github.com/acme/app", "https://oauth2:{}@gitlab.acme.test/group/app.git",
         "git remote set-url origin https://deploy:{}@bitbucket.org/acme/app.git",
         "pip install git+https://{}@github.com/acme/lib.git@main",
         "url = https://build:{}@dev.azure.com/acme/_git/app",
         "fatal: unable to access 'https://ci:{}@git.acme.test/app.git/': 403"},
        20, shapes, [](Shapes& s) {
            return s.make(s.one_of<std::string>({"ghp_{a36}", "{a20}", "glpat-{u20}", "{h40}", "{L26}"}));
        });
}

Cases json_web_tokens(Shapes& shapes) {
    return in_contexts(
        "JWT",
        {"{}", "Authorization: Bearer {}", "token={}", "\"access_token\":\"{}\"",
         "curl -b 'auth={}' https://x.test", "jwt.verify('{}')", "\\n{}\\n", "\x1b[36m{}\x1b[0m",
         "https://x.test/cb#id_token={}&state=1", "({})", "{}.", "\xE4\xBB\xA4\xE7\x89\x8C{}\xE3\x80\x82"},
        12, shapes, [](Shapes& s) { return s.make("{jwt}"); });
}

Cases http_auth(Shapes& shapes) {
    const auto token = [](Shapes& s) {
        return s.make(s.one_of<std::string>({"{a32}", "{h40}", "{u43}", "{jwt}", "{a20}", "{uuid}"}));
    };
    Cases cases = in_contexts("HTTP auth",
                              {"Authorization: Bearer {}",
                               "authorization: bearer {}\r\nHost: x.test",
                               "curl -H 'Authorization: Bearer {}' https://x.test",
                               "curl -H \"Authorization: token {}\" https://x.test",
                               R"("Authorization": "Bearer {}",)",
                               R"({\"Authorization\":\"Bearer {}\"})",
                               "headers={'Authorization': 'Bearer {}'}",
                               R"(req.Header.Set("Authorization", "Bearer {}"))",
                               "> Authorization: Bearer {}\n> Accept: */*",
                               "Proxy-Authorization: Bearer   {}",
                               "BEARER {}",
                               "Authorization: ApiKey {}",
                               "Authorization: SSWS {}",
                               "x-api-key: {}",
                               "X-Auth-Token: {}",
                               "PRIVATE-TOKEN: {}",
                               "-H 'DD-API-KEY: {}'",
                               "Authorization=Bearer%20{}",
                               "\x1b[2mAuthorization:\x1b[0m Bearer {}",
                               "Authorization: {}",
                               "X-Honeycomb-Team: {}",
                               "curl -H \"x-honeycomb-team: {}\" https://api.acme.test",
                               "Api-Token: {}",
                               "X-Vault-Token: {}",
                               "DD-APPLICATION-KEY: {}",
                               "X-Gotify-Key: {}",
                               "X-Functions-Key: {}",
                               "Ocp-Apim-Subscription-Key: {}",
                               "headers = {\"X-RapidAPI-Key\": \"{}\"}",
                               "http GET acme.test X-Consul-Token:{}"},
                              12, shapes, token);
    const Cases basic = in_contexts(
        "basic auth",
        {"Authorization: Basic {}", "Proxy-Authorization: basic {}", R"("Authorization": "Basic {}")",
         "Basic {}", "auth = 'Basic {}'"},
        20, shapes, [](Shapes& s) { return redact::encode_base64(s.make("{L6}:") + password(s)); });
    cases.insert(cases.end(), basic.begin(), basic.end());
    return cases;
}

Cases auth_files(Shapes& shapes) {
    return in_contexts(
        "auth file",
        {"//registry.npmjs.org/:_authToken={}",
         "_password=\"{}\"",
         "machine api.acme.test login ada password {}",
         "machine api.acme.test\n  login ada\n  password {}\n",
         "[pypi]\nusername = __token__\npassword = {}\n",
         "index-url = https://ci:{}@pypi.acme.test/simple",
         R"({"auths":{"ghcr.io":{"auth":"{}"}}})",
         "github.com:\n    user: ada\n    oauth_token: {}\n",
         "db.acme.test:5432:app:ada:{}",
         "[client]\nuser=root\npassword={}\n",
         "users:\n- name: ci\n  user:\n    token: {}\n",
         "apiVersion: v1\nkind: Secret\ndata:\n  db: {}\n",
         "<password>{}</password>",
         R"(<add key="ClearTextPassword" value="{}" />)",
         "signing.keyPassword={}",
         "SECRET_KEY = '{}'",
         "define('DB_PASSWORD', '{}');",
         "password = \"{}\"\n",
         "[registry]\ntoken = \"{}\"\n",
         "[remote]\ntype = sftp\npass = {}\n",
         "PrivateKey = {}",
         "PresharedKey = {}",
         "otpauth://totp/acme?secret={}&issuer=acme",
         "http://localhost:8888/?token={}",
         R"({"claudeAiOauth":{"accessToken":"{}"}})",
         R"({"OPENAI_API_KEY":"{}"})",
         "[default]\naws_secret_access_key = {}\n",
         "spring.datasource.password={}",
         "server.port=8080\nspring.mail.password: {}\n",
         "app.session.key = {}\n",
         "api.key={}\n",
         "password: |\n  {}\nuser: ada\n",
         "token: >-\n    {}\n",
         "data:\n  .dockerconfigjson: {}\nkind: Secret\n",
         "{\".dockerconfigjson\": \"{}\"}",
         ".dockercfg: {}\n",
         "{\"auths\": {\"ghcr.io\": {\"username\": \"ada\", \"auth\": \"{}\"}}}",
         "Unseal Key 1: {}\nUnseal Key 2: x\n",
         "Recovery Key 3: {}",
         "Initial Root Token: {}\n",
         "variable \"db_password\" {\n  type    = string\n  default = \"{}\"\n}\n",
         "variable \"api_token\" {\n  description = \"of the API\"\n  sensitive = true\n  default     "
         "= \"{}\"\n}\n"},
        10, shapes, [](Shapes& s) {
            return s.make(s.one_of<std::string>({"{a32}", "{a24}", "{b43}=", "{h40}"}));
        });
}

Cases cookies(Shapes& shapes) {
    return in_contexts(
        "cookie",
        {"Cookie: session={}",
         "Cookie: theme=dark; sid={}; lang=en\r\n",
         "Set-Cookie: sid={}; Path=/; HttpOnly",
         "set-cookie: connect.sid=s%3A{}.x; Path=/",
         "curl -H 'Cookie: auth={}' https://x.test",
         "curl --cookie 'sid={}' https://x.test",
         R"("cookie": "session={}; a=b")",
         R"({\"Cookie\":\"session={}\"})",
         "document.cookie = \"session={}\"",
         "< Set-Cookie: XSRF-TOKEN={}; path=/\n",
         "headers: { Cookie: 'sid={}' }",
         "curl -b 'session={}' https://x.test",
         "Cookie: theme=$THEME; sid={}",
         "Cookie: theme=example; lang=en; sid={}",
         "Cookie: theme=\"dark\"; sid={}",
         "Cookie: lang=; theme=${THEME}; sid={}; a=b",
         "Set-Cookie: lang=en; Path=/; sid={}",
         "curl -b 'theme=changeme; sid={}' https://x.test",
         "curl --cookie 'theme=<theme>; sid={}' https://x.test",
         "curl --cookie=theme=${THEME}\\;sid={} https://x.test",
         "curl -sSb 'theme=dark; sid={}' https://x.test",
         "curl -btheme=dark\\;sid={} https://x.test",
         ".acme.test\tTRUE\t/\tTRUE\t1764000000\tsid\t{}\n",
         "# Netscape HTTP Cookie File\n#HttpOnly_acme.test\tFALSE\t/app\tFALSE\t0\tsid\t{}\r\n",
         "     3\t.acme.test\tTRUE\t/\tTRUE\t1764000000\tsid\t{}",
         "\".acme.test\\tTRUE\\t/\\tTRUE\\t1764000000\\tsid\\t{}\\n\""},
        12, shapes, [](Shapes& s) {
            return s.make(s.one_of<std::string>({"{a32}", "{h40}", "{u43}", "{a24}"}));
        });
}

Cases command_lines(Shapes& shapes) {
    return in_contexts(
        "command line",
        {"mysql -u root -p{} app",
         "mysqldump --password={} app",
         "curl -u ada:{} https://x.test",
         "curl --user ada:{} https://x.test",
         "sshpass -p {} ssh host",
         "sshpass -p '{}' scp a host:",
         "docker login -u ada -p {} ghcr.io",
         "redis-cli -h cache -a {} ping",
         "PGPASSWORD={} psql -h db",
         "psql \"host=db password={}\"",
         "wget --user=ada --password={} https://x.test",
         "az login --service-principal -p {} -u x",
         "mongosh -u admin -p {} admin",
         "sqlcmd -S db -U sa -P {}",
         "http -a ada:{} https://x.test",
         "ldapsearch -D cn=admin -w {} -b dc=x",
         "export DB_PASS={}",
         "helm install x --set auth.password={}",
         "vault login -method=userpass password={}",
         "keytool -storepass {} -list",
         "gh auth login --token {}",
         "smbclient //h/s -U 'ada%{}'",
         "CREATE USER app IDENTIFIED BY '{}'",
         "ALTER ROLE app WITH PASSWORD '{}'",
         "echo 'export API_SECRET={}' >> ~/.bashrc",
         "openssl enc -pass pass:{}",
         "ansible-playbook -e db_password={} x.yml",
         "my password is {}",
         "aws configure set aws_secret_access_key {}",
         "aws configure set default.aws_session_token {} --profile ci",
         "echo {} | sudo -S apt update",
         "echo '{}'|sudo -kS ls",
         "printf '%s\\n' \"{}\" | sudo -S id",
         "sudo -S ls <<< '{}'",
         "echo {} | docker login -u ada --password-stdin",
         "echo 'ada:{}' | sudo chpasswd",
         "htpasswd -b /etc/nginx/users ada {}",
         "htpasswd -cbB users ada '{}'",
         "htpasswd -nb ada {} >> users",
         "htpasswd -b -C 12 users ada {}",
         "set -gx DB_PASSWORD {}",
         "set --global --export DB_PASSWORD '{}'",
         "set -Ux DB_PASSWORD {}; and ./run",
         "setx DB_PASSWORD {}",
         "setx /M DB_PASSWORD {}",
         "setenv DB_PASSWORD {}",
         "$env:DB_PASSWORD = \"{}\"",
         "${env:DB_PASSWORD} = '{}'",
         "[Environment]::SetEnvironmentVariable(\"DB_PASSWORD\", \"{}\", \"User\")",
         "ConvertTo-SecureString \"{}\" -AsPlainText -Force",
         "net use \\\\files\\home {} /user:grace",
         "net use Z: \\\\files\\home '{}' /user:ACME\\grace /persistent:yes",
         "NET USE * \\\\files\\home /user:grace {}",
         "net user grace {} /add",
         "cmdkey /add:files /user:grace /pass:{}",
         "expect \"assword:\"\nsend \"{}\\r\"",
         "expect -re \"assword.*\"\nsend -- \"{}\\n\"",
         "expect { \"yes/no\" { send \"yes\\r\"; exp_continue } \"assword:\" { send \"{}\\r\" } }",
         "child.expect('Password:')\nchild.sendline('{}')",
         "curl -su ada:{} https://x.test",
         "curl -fsSLu 'ada:{}' https://x.test",
         "curl -uada:{} https://x.test",
         "curl -d 'a;b' -u ada:{} https://x.test",
         "curl -H \"Accept: text/html;q=0.9\" -u ada:{} https://x.test",
         "mysql -e \"select 1; select 2\" -p{} app",
         "java -Dspring.mail.password={} -jar app.jar",
         "ansible-playbook -e smtp_pass={} x.yml",
         "doppler secrets set DB_PASSWORD {}",
         "vercel env add DB_PASSWORD {}",
         "kubectl create secret generic x --from-literal=password={}"},
        10, shapes, password);
}

Cases assignments(Shapes& shapes) {
    Cases cases = in_contexts("password",
                              {"DB_PASSWORD={}",
                               "db_password: {}",
                               "password = \"{}\"",
                               "'password': '{}',",
                               "\"dbPassword\": \"{}\"",
                               "--db-password {}",
                               "pass={}",
                               "adminPwd=\"{}\"",
                               "SMTP_PASSWD='{}'",
                               "ENV ROOT_PASSWORD {}",
                               "client_secret={}",
                               "clientSecret: '{}'",
                               "secret: \"{}\"",
                               "if password == \"{}\":",
                               "password=\"{}\"",
                               "{\\\"password\\\":\\\"{}\\\"}",
                               "passphrase: {}",
                               "let password = `{}`;",
                               "password => '{}'",
                               "user.password = '{}'",
                               "String password = \"{}\";",
                               "password: str = \"{}\"",
                               "login(user=\"a\", password=\"{}\")",
                               "smtp_pass={}",
                               "smtp_pass='{}'",
                               "network={\n  ssid=\"home\"\n  psk=\"{}\"\n}",
                               "%any vpn.acme.test : PSK \"{}\""},
                              10, shapes, password);
    const Cases keys = in_contexts("key",
                                   {"API_KEY={}",
                                    "apiKey: \"{}\"",
                                    "api_key = '{}'",
                                    "\"x-api-key\": \"{}\"",
                                    "TOKEN={}",
                                    "const token = '{}'",
                                    "auth_token: {}",
                                    "access_key={}",
                                    "private_key = \"{}\"",
                                    "session_key: '{}'",
                                    "ENCRYPTION_KEY={}",
                                    "signature=\"{}\"",
                                    "salt = '{}'",
                                    "API_TOKEN_PROD={}",
                                    "--api-key {}",
                                    "tokens[\"token\"] = \"{}\"",
                                    "key=\"api_key\" value=\"{}\"",
                                    "apikey={}&x=1",
                                    "the API key is \"{}\"",
                                    "?access_token={}"},
                                   10, shapes, [](Shapes& s) {
                                       return s.make(s.one_of<std::string>(
                                           {"{a32}", "{a24}", "{h32}", "{h40}", "{u43}", "{L32}", "{a40}"}));
                                   });
    cases.insert(cases.end(), keys.begin(), keys.end());
    const Cases odd =
        in_contexts("odd value",
                    {"access_token='{}'", "api_key=\"{}\"", "export api_secret='{}'", "client_secret: \"{}\"",
                     "{\"apiKey\": \"{}\"}"},
                    10, shapes, [](Shapes& s) {
                        return s.make(s.one_of<std::string>(
                            {"{a9},{a12}", "{a16},{a3},{a5}", "/{b30}", "/{b42}=", "{a8}/{a12},{a9}"}));
                    });
    cases.insert(cases.end(), odd.begin(), odd.end());
    const Cases slashed = in_contexts("value with a slash first",
                                      {"SECRET_KEY={}", "aws_secret_access_key = {}", "token: {}",
                                       "export ACCESS_TOKEN={}", "--api-key {}"},
                                      10, shapes, [](Shapes& s) {
                                          return s.make(s.one_of<std::string>({"/{b39}", "/{b42}="}));
                                      });
    cases.insert(cases.end(), slashed.begin(), slashed.end());
    const Cases hex_keys =
        in_contexts("key file",
                    {"$ cat config/master.key\n{}\n$ ", "cat config/master.key\\n{}\\n",
                     "config/master.key: {}", "echo {} > config/master.key",
                     "printf '{}' > config/credentials/production.key", "RAILS_MASTER_KEY={}"},
                    10, shapes, [](Shapes& s) { return s.make("{h32}"); });
    cases.insert(cases.end(), hex_keys.begin(), hex_keys.end());
    return cases;
}

}  // namespace kaizen::test
