// Titles and hospital levels as people write them, and those of a real list of hospitals.
#include <algorithm>
#include <fstream>
#include <set>
#include <string>

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <tierwise/segment/dictionary.hpp>

namespace {

using namespace tierwise;
using segment::canonical;
using segment::dictionary;

struct spelling {
  const char* text;
  const char* name;  // "": not known
};

const spelling titles[] = {
    {"主任医师", "chief_physician"},
    {"副主任医师", "associate_chief_physician"},
    {"主治医师", "attending_physician"},
    {"住院医师", "resident_physician"},
    {"主任医生", "chief_physician"},
    {"主任医師", "chief_physician"},
    {" 主任医师 ", "chief_physician"},
    {"主 任 医 师", "chief_physician"},
    {"主任医师、教授", "chief_physician"},
    {"主任医师/教授", "chief_physician"},
    {"教授，主任医师，博士生导师", "chief_physician"},
    {"主任医师（教授）", "chief_physician"},
    {"主任医师　教授", "chief_physician"},  // an ideographic space
    {"科主任 主任医师", "chief_physician"},
    {"副主任医师、副教授", "associate_chief_physician"},
    {"副教授/副主任医师", "associate_chief_physician"},
    {"科副主任，主任医师", "chief_physician"},
    {"副主任 副主任医师", "associate_chief_physician"},
    {"主任中医师", "chief_physician"},
    {"副主任中医师", "associate_chief_physician"},
    {"主治医生", "attending_physician"},
    {"主治", "attending_physician"},
    {"住院总医师", "resident_physician"},
    {"住院医生", "resident_physician"},
    {"医师", "resident_physician"},
    {"chief_physician", "chief_physician"},
    {"Chief Physician", "chief_physician"},
    {"Chief Physician, Professor", "chief_physician"},
    {"CHIEF PHYSICIAN", "chief_physician"},
    {"Ｃｈｉｅｆ　Ｐｈｙｓｉｃｉａｎ", "chief_physician"},
    {"Associate Chief Physician", "associate_chief_physician"},
    {"associate-chief physician / associate professor", "associate_chief_physician"},
    {"Deputy Chief Physician", "associate_chief_physician"},
    {"Vice Chief Physician", "associate_chief_physician"},
    {"Attending Physician", "attending_physician"},
    {"attending", "attending_physician"},
    {"Resident", "resident_physician"},
    {"Resident Physician", "resident_physician"},
    {"Chief Resident", "resident_physician"},
    {"教授", ""},  // an academic title says nothing certain of the clinical one
    {"professor", ""},
    {"科主任", ""},  // an office
    {"副主任", ""},
    {"院长", ""},
    {"主任药师", ""},  // other professions
    {"副主任护师", ""},
    {"主任技师", ""},
    {"主任医师/主治医师", ""},  // which?
    {"", ""},
    {"？", ""},
    {"\xff\xfe", ""},
    {"主任\xe5", ""},
};

const spelling levels[] = {
    {"三级甲等", "tier_3_large"},
    {"三甲", "tier_3_large"},
    {"3级甲等", "tier_3_large"},
    {"３级甲等", "tier_3_large"},
    {"三级 甲等", "tier_3_large"},
    {"三级甲等综合医院", "tier_3_large"},
    {"三级甲等（专科）", "tier_3_large"},
    {"三特", "tier_3_large"},
    {"三级特等", "tier_3_large"},
    {"叁级甲等", "tier_3_large"},
    {"Ⅲ级甲等", "tier_3_large"},
    {"Grade III Class A", "tier_3_large"},
    {"Class A tertiary hospital", "tier_3_large"},
    {"Tertiary Grade A", "tier_3_large"},
    {"3A", ""},
    {"grade 3A", "tier_3_large"},
    {"tier_3_large", "tier_3_large"},
    {"三级", "tier_3"},
    {"三乙", "tier_3"},
    {"三丙", "tier_3"},
    {"三级乙等", "tier_3"},
    {"三级医院", "tier_3"},
    {"三级（未定等）", ""},  // says two things
    {"Tertiary hospital", "tier_3"},
    {"Grade III Class B", "tier_3"},
    {"tier_3", "tier_3"},
    {"二级甲等", "tier_2"},
    {"二甲", "tier_2"},
    {"二乙", "tier_2"},
    {"二级", "tier_2"},
    {"2级乙等", "tier_2"},
    {"二级甲等中医医院", "tier_2"},
    {"Grade II Class A", "tier_2"},
    {"secondary", "tier_2"},
    {"tier_2", "tier_2"},
    {"一级", "below"},
    {"一级甲等", "below"},
    {"一甲", "below"},
    {"未定级", "below"},
    {"未评级", "below"},
    {"社区卫生服务中心", "below"},
    {"乡镇卫生院", "below"},
    {"村卫生室", "below"},
    {"诊所", "below"},
    {"Grade I", "below"},
    {"primary", "below"},
    {"below", "below"},
    {"第三人民医院", ""},  // a name, not a level
    {"三", ""},
    {"甲等", ""},
    {"民营", ""},
    {"二级/三级", ""},  // which?
    {"", ""},
};

}  // namespace

TEST_CASE("dictionary: titles") {
  for (const spelling& s : titles) {
    CAPTURE(s.text);
    CHECK(canonical(dictionary::title, s.text) == s.name);
  }
}

TEST_CASE("dictionary: hospital levels") {
  for (const spelling& s : levels) {
    CAPTURE(s.text);
    CHECK(canonical(dictionary::hospital_level, s.text) == s.name);
  }
}

TEST_CASE("dictionary: none knows nothing, and each dictionary has a name") {
  CHECK(canonical(dictionary::none, "主任医师").empty());
  CHECK(segment::name_of(dictionary::none) == "none");
  CHECK(segment::name_of(dictionary::title) == "title");
  CHECK(segment::name_of(dictionary::hospital_level) == "hospital_level");
}

TEST_CASE("dictionary: a canonical name means itself, and no bytes are too strange") {
  CHECK(rc::check("any text", [] {
    const auto text = *rc::gen::oneOf(
        rc::gen::arbitrary<std::string>(),
        rc::gen::map(rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
                         "主任", "副", "医师", "三", "级", "甲", "等", "\xe4", " ", "tier", "3", "chief", "社区")),
                     [](const std::vector<std::string>& parts) {
                       std::string all;
                       for (const std::string& part : parts) all += part;
                       return all;
                     }));
    for (const dictionary which : {dictionary::title, dictionary::hospital_level}) {
      const std::string_view name = canonical(which, text);
      if (!name.empty()) RC_ASSERT(canonical(which, name) == name);
    }
  }));
}

TEST_CASE("dictionary: every level of the hospitals of Beijing is known") {
  std::ifstream file(TIERWISE_TEST_ROOT "/../shared/data/hospitals-beijing/hospitals.csv");
  if (!file) {
    MESSAGE("skipped: ../shared/data/hospitals-beijing is not here");
    return;
  }
  std::string line;
  std::getline(file, line);
  REQUIRE(line.find("hospital,level,type") != std::string::npos);
  std::set<std::string> seen, known;
  while (std::getline(file, line)) {
    // The first two fields hold no comma unless they are quoted.
    std::vector<std::string> fields(1);
    bool quoted = false;
    for (const char c : line) {
      if (c == '"')
        quoted = !quoted;
      else if (c == ',' && !quoted)
        fields.emplace_back();
      else
        fields.back() += c;
    }
    REQUIRE(fields.size() >= 2);
    if (fields[1].empty()) continue;  // a missing level
    CAPTURE(fields[1]);
    seen.insert(fields[1]);
    CHECK_FALSE(canonical(dictionary::hospital_level, fields[1]).empty());
    known.emplace(canonical(dictionary::hospital_level, fields[1]));
  }
  CHECK(seen.size() >= 6);
  CHECK(known == std::set<std::string>{"below", "tier_2", "tier_3", "tier_3_large"});
}
