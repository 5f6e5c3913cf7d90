// Programs, statements and files that hold a password at a place of their own.

#include "tests/redact/cases.h"

namespace kaizen::test {
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
         "SET PASSWORD FOR 'grace'@'localhost' = '{}'"},
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
         "<string name=\"client_secret\">{}</string>",
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
         "<user username=\"grace\" password=\"{}\" roles=\"manager\"/>"},
        10, shapes, password);
}

}  // namespace kaizen::test
