// Whatever the bytes, reading a policy ends, ends soon, and says in valid UTF-8 what is wrong.
#include "policy_files.hpp"

#include <chrono>

#include <rapidcheck.h>

#include <tierwise/policy/policy.hpp>

using namespace tierwise;

namespace {

/// RFC 3629, byte by byte.
bool is_utf8(const std::string& text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto at = [&](std::size_t k) { return i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0u; };
    const unsigned first = at(0);
    const std::size_t length = first < 0x80                    ? 1
                               : first >= 0xC2 && first < 0xE0 ? 2
                               : first >= 0xE0 && first < 0xF0 ? 3
                               : first >= 0xF0 && first < 0xF5 ? 4
                                                               : 0;
    if (length == 0) return false;
    for (std::size_t k = 1; k < length; ++k)
      if ((at(k) & 0xC0) != 0x80) return false;
    if ((first == 0xE0 && at(1) < 0xA0) || (first == 0xED && at(1) > 0x9F) || (first == 0xF0 && at(1) < 0x90) ||
        (first == 0xF4 && at(1) > 0x8F))
      return false;
    i += length;
  }
  return true;
}

errc code_of(const std::string& text) {
  const auto faults = policy::check(text);
  REQUIRE(!faults.empty());
  return faults.front().code();
}

std::string nested(std::size_t depth) {
  return R"({"policy": "tierwise/1", "name": "x", "description": )" + std::string(depth, '[') +
         std::string(depth, ']') + "}";
}

}  // namespace

TEST_CASE("policy: nesting ends at 64") {
  CHECK(code_of(nested(63)) == errc::policy_wrong_type);  // read, and then refused as a description
  CHECK(code_of(nested(64)) == errc::policy_syntax);
  CHECK(code_of(std::string(1'000'000, '[')) == errc::policy_syntax);
}

TEST_CASE("policy: 16 MiB are read, a byte more is not") {
  std::string text = policy::default_json();
  text.resize(std::size_t{16} << 20, ' ');
  CHECK(policy::check(text).empty());
  text += ' ';
  CHECK(code_of(text) == errc::policy_syntax);
}

TEST_CASE("policy: bytes that are not UTF-8 are refused and not repeated") {
  for (const char* bytes : {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xe4\xb8", "\xf5\x80\x80\x80"}) {
    const std::string text = std::string(R"({"policy": "tierwise/1", "name": ")") + bytes + "\"}";
    const auto faults = policy::check(text);
    REQUIRE(faults.size() == 1);
    CHECK(faults[0].code() == errc::policy_syntax);
    CHECK(is_utf8(faults[0].what()));
  }
  CHECK(
      is_utf8(policy::check("\xe4\xb8\xad").at(0).what()));  // a whole character, of which a lexer sees the first byte
}

TEST_CASE("policy: a million keys are refused in a moment") {
  std::string text = R"({"policy": "tierwise/1", "name": "x", "attributes": {)";
  for (int i = 0; i < 1'000'000; ++i) text += (i ? ",\"k" : "\"k") + std::to_string(i) + "\":0";
  text += "}}";
  const auto begin = std::chrono::steady_clock::now();
  CHECK(code_of(text) == errc::policy_out_of_range);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(20));  // quadratic time would take an hour
}

TEST_CASE("policy: at most 100 faults are told") {
  std::string text = R"({"policy": "tierwise/1", "name": "x", "tags": [0)";
  for (int i = 0; i < 500; ++i) text += ",0";
  CHECK(policy::check(text + "]}").size() == 100);
}

TEST_CASE("policy: any change of a few bytes gives a policy or faults with UTF-8 messages") {
  const std::string sound = policy::default_json();
  rc::check([&sound] {
    std::string text = sound;
    const auto edits = *rc::gen::inRange(1, 4);
    for (int i = 0; i < edits; ++i) {
      const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
      text.replace(at, *rc::gen::inRange<std::size_t>(0, 3),
                   *rc::gen::container<std::string>(*rc::gen::inRange<std::size_t>(0, 3), rc::gen::arbitrary<char>()));
    }
    const auto faults = policy::check(text);
    for (const Error& fault : faults) RC_ASSERT(is_utf8(fault.what()));
    const auto read = policy::parse(text);
    RC_ASSERT(read.has_value() == faults.empty());
    if (read) RC_ASSERT(policy::parse(policy::format(read.value())).value() == read.value());
  });
}
