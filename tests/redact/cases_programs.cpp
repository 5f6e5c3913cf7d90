// Programs, statements and files that hold a password at a place of their own.

#include "tests/redact/cases.h"

namespace kaizen::test {
namespace {

// An '@' in it would end it where these programs read it, and a '-' before it makes it an option.
std::string word(Shapes& shapes) {
    std::string one = password(shapes);
    while (one.find('@') != std::string::npos || one[0] == '-') one = password(shapes);
    return one;
}

}  // namespace

Cases client_logins(Shapes& shapes) {
    Cases cases = in_contexts("client",
                              {"sqlplus scott/{}@orcl",
                               "sqlplus -s scott/\"{}\"@//db:1521/svc <<EOF",
                               "sqlplus -S 'scott/{}@//db:1521/svc' @report.sql",
                               "ssh db 'sqlplus -L scott/{}@orcl'",
                               "docker exec ora bash -c \"sqlplus scott/\\\"{}\\\"@orcl\"",
                               R"({\"command\":\"sqlplus scott/\\\"{}\\\"@orcl\"})",
                               "sqlldr userid=scott/{}@orcl control=x.ctl",
                               "sqlldr scott/{}@orcl control=x.ctl",
                               "expdp system/{}@db schemas=hr",
                               "impdp system/{}@db schemas=hr",
                               "exp scott/{}@db file=x.dmp",
                               "imp scott/{}@db file=x.dmp",
                               "rman target sys/{}@db",
                               "rman target / catalog rc/{}@cat",
                               "rman TARGET=sys/{}@db",
                               "sqlplus /nolog <<EOF\nCONNECT scott/{}@orcl\nEOF",
                               "RMAN> CONNECT TARGET sys/{}@db",
                               "mc alias set play https://play.min.io KEY1 {}",
                               "mc --insecure alias set m http://minio:9000 KEY1 '{}' --api S3v4",
                               "mc config host add m http://minio:9000 KEY1 {}",
                               "docker run minio/mc alias set m http://minio:9000 KEY1 {}",
                               "sh -c \"mcli alias set m http://minio:9000 KEY1 {}; mc mb m/x\"",
                               "ssh-keygen -t ed25519 -N '{}' -f k",
                               "ssh host 'ssh-keygen -p -P \"{}\" -f k'",
                               R"({\"cmd\":\"ssh-keygen -N \\\"{}\\\" -f k\"})",
                               "openssl enc -aes-256-cbc -k {} -in x",
                               "openssl rsa -in k.pem -passin pass:{}",
                               "openssl genrsa -passout 'pass:{}' 2048",
                               "openssl dgst -hmac {} x",
                               "apksigner sign --ks x.jks --ks-pass pass:{} a.apk",
                               "gpg --batch --passphrase '{}' -c x",
                               "twine upload -u __token__ -p {} dist/*",
                               "lftp -u grace,{} ftp.acme.test",
                               "lftp -e \"open -u 'grace,{}' ftp.acme.test\"",
                               "ncftpget -u grace -p {} ftp.acme.test",
                               "vault login {}",
                               "vault login -no-print '{}'",
                               "snmpget -v3 -u grace -A abcdefgh1 -X {} h sysName.0",
                               "rabbitmqctl add_user grace {}",
                               "rabbitmqctl -n rabbit@h change_password grace '{}'",
                               "rabbitmqadmin -u grace -p {} list queues",
                               "isql mydsn grace {}",
                               "isql -S srv -U sa -P {}",
                               "tsql -S srv -U sa -P {}",
                               "bcp t in f -S s -Usa -P{}",
                               "sqlcmd -S s -U sa -P{}",
                               "beeline -u jdbc:hive2://h -n grace -p {}",
                               "xfreerdp /u:grace /p:{} /v:h",
                               "xfreerdp /u:grace '/p:{}' /v:h",
                               "xfreerdp /u:grace /p:\"{}\" /v:h",
                               "rdesktop -u grace -p {} h",
                               "winexe -U grace%{} //h cmd",
                               "rpcclient -U 'ACME\\grace%{}' h",
                               "psexec \\\\h -u grace -p {} cmd",
                               "skopeo copy --src-creds grace:{} docker://a docker://b",
                               "xh -a grace:{} acme.test",
                               "unzip -P {} x.zip",
                               "unrar x -p{} a.rar",
                               "rar a -hp{} a.rar b",
                               "cypher-shell -u neo4j -p {}",
                               "neo4j-admin dbms set-initial-password {}",
                               "couchbase-cli bucket-list -u a -p {}",
                               "mosquitto_pub -u grace -P {} -t x",
                               "mosquitto_passwd -b f grace {}",
                               "elasticsearch-users useradd grace -p {}",
                               "security unlock-keychain -p {} login.keychain",
                               "security add-generic-password -a grace -s x -w {}",
                               "wpa_passphrase HomeNet {}",
                               "nmcli dev wifi connect HomeNet password {}",
                               "cf auth grace {}",
                               "bw unlock {}",
                               "rclone obscure {}",
                               "redis-cli CONFIG SET requirepass {}",
                               "requirepass {}\n",
                               "samba-tool user create grace {}",
                               "drush user:password admin '{}'",
                               "dscl . -passwd /Users/grace {}",
                               "poetry config http-basic.acme grace {}",
                               "ansible-vault encrypt_string '{}' --name db",
                               "swaks -au grace -ap {} --to x",
                               "openssl passwd -6 {}",
                               "redis-cli -h cache AUTH {}",
                               "ldappasswd -D cn=admin -s {} cn=x",
                               "ipa-client-install -p admin -w {} -U"},
                              10, shapes, word);
    const Cases with_at = in_contexts(
        "client", {"sqlplus scott/{}@orcl", "sqlplus -s scott/\"{}\"@//db:1521/svc", "rman target sys/{}@db"},
        10, shapes, [](Shapes& s) { return s.make("p@{l6}{d3}"); });
    cases.insert(cases.end(), with_at.begin(), with_at.end());
    return cases;
}

Cases piped_passwords(Shapes& shapes) {
    return in_contexts(
        "pipe",
        {"echo {} | kinit grace", "echo '{}' | kinit grace@ACME.TEST", "kinit grace <<< '{}'",
         "echo {} | cryptsetup luksOpen /dev/x y", "echo -n \"{}\" | cryptsetup luksFormat /dev/x -",
         "echo {} | gpg --passphrase-fd 0 -d x", "echo {} | gh auth login --with-token",
         "echo '{}' | sudo vncpasswd -f", "ssh host \"echo {} | kinit grace\""},
        10, shapes, password);
}

Cases sql_statements(Shapes& shapes) {
    return in_contexts(
        "SQL",
        {"INSERT INTO users (name, password) VALUES ('grace', '{}');",
         "INSERT INTO users (password, name) VALUES ('{}', 'grace');",
         "insert into users(name,password) values('grace','{}')",
         "INSERT INTO `users` (`name`, `password`, `age`) VALUES ('grace', '{}', 7)",
         R"(INSERT INTO "app"."users" ("name", "password") VALUES ('grace', '{}'))",
         "mysql -e \"INSERT INTO users (name, password) VALUES ('grace', '{}')\"",
         R"({\"sql\":\"INSERT INTO users (\\\"name\\\", \\\"password\\\") VALUES ('grace', '{}')\"})",
         "INSERT INTO users (name, password)\nVALUES\n  ('alan', NULL),\n  ('grace', '{}');",
         "INSERT INTO users (name, password)\\nVALUES\\n  ('alan', now()),\\n  ('grace', '{}');",
         "INSERT IGNORE INTO users (name, note, pass) VALUES ('grace', 'it''s (so), far', '{}')",
         "INSERT INTO users (name, password) VALUES (concat('a', 'b'), N'{}')",
         "REPLACE INTO users (id, client_secret) VALUES (1, '{}')",
         "UPDATE users SET password = '{}' WHERE id = 1",
         "UPDATE users SET name='grace', password='{}'",
         "CREATE USER grace IDENTIFIED BY {}",
         "ALTER USER grace IDENTIFIED BY {};",
         "CREATE USER grace IDENTIFIED BY \"{}\"",
         "CREATE USER 'grace'@'%' IDENTIFIED WITH sha256_password BY '{}'",
         "ALTER ROLE grace WITH PASSWORD '{}'",
         "CREATE USER grace PASSWORD '{}'",
         "CREATE ROLE grace LOGIN ENCRYPTED PASSWORD '{}'",
         "psql -c \"ALTER USER grace PASSWORD '{}'\"",
         "CREATE LOGIN grace WITH PASSWORD = '{}'",
         "SET PASSWORD FOR 'grace'@'localhost' = '{}'",
         "SET PASSWORD FOR 'grace'@'localhost' = PASSWORD('{}')"},
        10, shapes, password);
}

Cases xml_values(Shapes& shapes) {
    return in_contexts(
        "XML",
        {"<entry key=\"password\">{}</entry>",
         "<entry key='db.password'>{}</entry>",
         R"({\"xml\":\"<entry key=\\\"password\\\">{}</entry>\"})",
         "<add key=\"DbPassword\" value=\"{}\"/>",
         "<property name=\"db.password\" value=\"{}\"/>",
         "<property name=\"hibernate.connection.password\">{}</property>",
         "<property><name>fs.s3a.secret</name><value>{}</value></property>",
         "<property>\n  <name>javax.jdo.option.ConnectionPassword</name>\n  <value>{}</value>\n</property>",
         "<property>\\n  <name>ConnectionPassword</name>\\n  <value>{}</value>\\n</property>",
         "<context-param><param-name>password</param-name><param-value>{}</param-value></context-param>",
         "<param name=\"password\">{}</param>",
         "<password>{}</password>",
         "<db:password>{}</db:password>",
         "<password type=\"plain\">{}</password>",
         "<Password>\n  {}\n</Password>",
         "<Password>\\n  {}\\n</Password>",
         "<password><![CDATA[{}]]></password>",
         "<key>password</key><string>{}</string>",
         "<key>DbPassword</key>\n\t<string>{}</string>",
         "<setting name=\"Password\" serializeAs=\"String\">\n  <value>{}</value>\n</setting>",
         "<password>{}&amp;</password>",
         "<password>{} and more</password>",
         "<user username=\"grace\" password=\"{}\" roles=\"manager\"/>"},
        10, shapes, password);
}

Cases powershell(Shapes& shapes) {
    return in_contexts(
        "PowerShell",
        {"New-Object PSCredential(\"grace\", (ConvertTo-SecureString \"{}\" -AsPlainText -Force))",
         "$pw = ConvertTo-SecureString -String '{}' -AsPlainText -Force",
         "$pw = ConvertTo-SecureString -AsPlainText -Force -String \"{}\"",
         "$pw = ConvertTo-SecureString -AsPlainText '{}' -Force",
         "$pw = ConvertTo-SecureString -Key (1..16) -String '{}'",
         "$pw = convertto-securestring '{}' -asplaintext -force",
         "$pw = '{}' | ConvertTo-SecureString -AsPlainText -Force",
         "$cred = [PSCredential]::new('grace', (\"{}\"|ConvertTo-SecureString -AsPlainText -Force))",
         R"({\"c\":\"$p = \\\"{}\\\" | ConvertTo-SecureString -AsPlainText -Force\"})",
         "New-Object Net.NetworkCredential('grace', '{}')",
         "[System.Net.NetworkCredential]::new(\"grace\", \"{}\", \"ACME\")"},
        10, shapes, password);
}

Cases calls(Shapes& shapes) {
    return in_contexts(
        "call",
        {"requests.get(u, auth=('grace', '{}'))", "server.login(\"grace@x.test\", \"{}\")",
         "smtp.login('grace', '{}')", "requests.get(u, auth=HTTPBasicAuth('grace', '{}'))",
         "$db = mysqli_connect('h', 'grace', '{}', 'app');", "new mysqli(\"h\", \"grace\", \"{}\")",
         "DriverManager.getConnection(url, \"grace\", \"{}\")", "db.changeUserPassword('grace', '{}')",
         "db.auth('grace', '{}')", "User.objects.create_user('grace', 'g@x.test', '{}')",
         R"({\"code\":\"smtp.login(\\\"grace\\\", \\\"{}\\\")\"})"},
        10, shapes, password);
}

}  // namespace kaizen::test
