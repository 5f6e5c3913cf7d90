#pragma once

// The functions behind the rules that are more than a literal and an alphabet, by file. Each gets a place
// where a literal of its rule stands (or its trigger), looks around it, and adds what it finds. How much of a
// value is judged is bounded; what is found goes to its end, however far that is. So that this stays linear,
// a value's end is that of a run, or the rule counts what it reads (Scan::spend).

#include "daemon/redact/scan.h"

namespace kaizen::redact {

// find_key_block.cpp: private keys as text, whole or cut off at either end.
void find_key_block(Scan& scan, const Rule& rule, Place literal);      // -----BEGIN, PuTTY-User-Key-File
void find_key_block_end(Scan& scan, const Rule& rule, Place literal);  // -----END without its beginning
void find_key_body(Scan& scan, const Rule& rule, Place literal);     // how the base64 of a private key begins
void find_wrapped_key(Scan& scan, const Rule& rule, Place literal);  // base64 of -----BEGIN … PRIVATE KEY

// find_token.cpp
void find_token_in_no_data(Scan& scan, const Rule& rule, Place literal);  // not in base64 of a picture
void find_jwt(Scan& scan, const Rule& rule, Place literal);
void find_discord(Scan& scan, const Rule& rule, Place dot);
void find_mailgun(Scan& scan, const Rule& rule, Place dash);
void find_aws_id(Scan& scan, const Rule& rule, Place literal);  // and the secret beside it

// find_http.cpp
void find_bearer(Scan& scan, const Rule& rule, Place literal);
void find_basic(Scan& scan, const Rule& rule, Place literal);
void find_header(Scan& scan, const Rule& rule, Place literal);
void find_cookie(Scan& scan, const Rule& rule, Place literal);
void find_user_info(Scan& scan, const Rule& rule, Place literal);  // scheme://user:password@

// find_assignment.cpp: name, separator, value
void find_assignment(Scan& scan, const Rule& rule, Place literal);

// find_command.cpp: options that carry a password under no telling name, and files without names
void find_option(Scan& scan, const Rule& rule, Place literal);
void find_go_dsn(Scan& scan, const Rule& rule, Place literal);
void find_pgpass(Scan& scan, const Rule& rule, Place literal);
void find_kube_secret(Scan& scan, const Rule& rule, Place literal);

// find_oracle.cpp: user/password@database
void find_oracle_url(Scan& scan, const Rule& rule, Place literal);
void find_oracle_login(Scan& scan, const Rule& rule, Place literal);

// find_sql.cpp
void find_sql_identified(Scan& scan, const Rule& rule, Place literal);
void find_sql_insert(Scan& scan, const Rule& rule, Place literal);

// find_position.cpp: of a program's command, of a call
void find_by_position(Scan& scan, const Rule& rule, Place literal);
void find_in_call(Scan& scan, const Rule& rule, Place literal);

// find_argument.cpp: of one program, and piped
void find_piped_password(Scan& scan, const Rule& rule, Place literal);
void find_htpasswd(Scan& scan, const Rule& rule, Place literal);
void find_first_argument(Scan& scan, const Rule& rule, Place literal);
void find_secure_string(Scan& scan, const Rule& rule, Place literal);
void find_net_password(Scan& scan, const Rule& rule, Place literal);

// find_line.cpp
void find_answer(Scan& scan, const Rule& rule, Place literal);       // expect "assword:"; send "…"
void find_cookie_line(Scan& scan, const Rule& rule, Place literal);  // of Netscape's file of cookies
void find_key_file(Scan& scan, const Rule& rule, Place literal);     // a file that is nothing but a key

// find_home.cpp
void find_home(Scan& scan, const Rule& rule, Place literal);
void find_home_slug(Scan& scan, const Rule& rule, Place literal);
void find_tilde_user(Scan& scan, const Rule& rule, Place literal);
void find_root_home(Scan& scan, const Rule& rule, Place literal);

// find_person.cpp
void find_mail(Scan& scan, const Rule& rule, Place at_sign);
void find_word(Scan& scan, const Rule& rule, Place literal);  // a known name, standing as a word
void find_phone(Scan& scan, const Rule& rule, Place digits);
void find_card(Scan& scan, const Rule& rule, Place digits);
void find_iban(Scan& scan, const Rule& rule, Place digits);

// find_address.cpp
void find_ipv4(Scan& scan, const Rule& rule, Place digits);
void find_ipv6(Scan& scan, const Rule& rule, Place colon);
void find_mac(Scan& scan, const Rule& rule, Place separator);

}  // namespace kaizen::redact
