// Programs, statements and files that hold a password at a place of their own.

#include "tests/redact/cases.h"

namespace kaizen::test {
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
