// Contacts to tiers on one thread: profile::build, then segment::fit and assign, on a territory made up here.
//   bench_profile DOCTORS CONTACTS ROUNDS   prints {"doctors", "contacts", "profile_ms", "segment_ms", "tiers"}
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include <tierwise/core/random.hpp>
#include <tierwise/profile/profile.hpp>
#include <tierwise/segment/segment.hpp>

#include "stopwatch.hpp"

namespace {

using namespace tierwise;

constexpr date as_of{16'000};

profile::options five_channels() {
  profile::options what;
  what.channels = {{"visit", "Visit", "拜访", 90, 2, {{"done", 10, true}}},
                   {"phone", "Phone", "电话", 60, 2, {{"done", 8, true}}},
                   {"email",
                    "E-mail",
                    "邮件",
                    30,
                    3,
                    {{"delivered", 0, true}, {"opened", 1, true}, {"clicked", 3, true}, {"unsubscribed", -20, false}}},
                   {"webinar", "Webinar", "网络会议", 30, 1, {{"attended", 8, true}, {"asked", 11, true}}},
                   {"meeting", "Meeting", "会议", 90, 1, {{"attended", 8, true}}}};
  return what;
}

std::vector<std::string> ids(std::size_t count) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(std::to_string(1'000'000 + i));
  return out;
}

std::vector<std::int32_t> up_to(std::size_t count) {
  std::vector<std::int32_t> out(count);
  for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<std::int32_t>(i);
  return out;
}

table make_doctors(std::size_t count) {
  random_stream random(1, 2, 3);
  table out;
  out.add("hcp_id", up_to(count), ids(count));
  for (const char* name :
       {"patient_volume", "patients_per_week", "society_offices", "trials", "publications", "teaching"}) {
    std::vector<double> values(count);
    for (double& v : values) v = random.uniform() < .2 ? missing : 1 / (.02 + random.uniform());
    out.add(name, std::move(values));
  }
  const auto add_text = [&](const char* name, std::vector<std::string> names) {
    std::vector<std::int32_t> codes(count);
    for (std::int32_t& code : codes)
      code = static_cast<std::int32_t>(random.below(static_cast<std::uint32_t>(names.size()) + 1)) - 1;
    out.add(name, std::move(codes), std::move(names));
  };
  add_text("title", {"chief_physician", "associate_chief_physician", "attending_physician", "resident_physician"});
  add_text("hospital_level", {"tier_3_large", "tier_3", "tier_2", "below"});
  return out;
}

/// Unsorted contacts of three years, most of them with few doctors.
table make_contacts(const profile::options& what, std::size_t doctors, std::size_t count) {
  random_stream random(4, 5, 6);
  std::vector<std::int64_t> event(count);
  std::vector<std::int32_t> hcp(count), channel(count), depth(count);
  std::vector<date> on(count);
  std::vector<std::string> channels, depths;
  std::vector<std::vector<std::int32_t>> depths_of;
  for (const profile::channel& c : what.channels) {
    channels.push_back(c.id);
    std::vector<std::int32_t>& codes = depths_of.emplace_back();
    for (const profile::depth& d : c.depths) {
      codes.push_back(static_cast<std::int32_t>(depths.size()));
      depths.push_back(d.name);
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    const double share = random.uniform();
    event[i] = static_cast<std::int64_t>((i * 2654435761u) % 4294967296u);  // distinct, in no order
    hcp[i] = static_cast<std::int32_t>(share * share * static_cast<double>(doctors));
    const std::uint32_t k = random.below(static_cast<std::uint32_t>(channels.size()));
    channel[i] = static_cast<std::int32_t>(k);
    depth[i] = depths_of[k][random.below(static_cast<std::uint32_t>(depths_of[k].size()))];
    on[i] = as_of - static_cast<std::int32_t>(random.below(1095)) + 10;  // a few lie after the date
  }
  table out;
  out.add("event_id", std::move(event));
  out.add("hcp_id", std::move(hcp), ids(doctors));
  out.add("date", std::move(on));
  out.add("channel", std::move(channel), std::move(channels));
  out.add("depth", std::move(depth), std::move(depths));
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return std::fprintf(stderr, "usage: bench_profile DOCTORS CONTACTS ROUNDS\n"), 2;
  const auto doctors = static_cast<std::size_t>(std::strtoull(argv[1], nullptr, 10));
  const auto contacts = static_cast<std::size_t>(std::strtoull(argv[2], nullptr, 10));
  const int rounds = std::atoi(argv[3]);
  if (doctors == 0 || rounds <= 0) return std::fprintf(stderr, "bench_profile: expected numbers above 0\n"), 2;

  const profile::options what = five_channels();
  const table hcps = make_doctors(doctors), interactions = make_contacts(what, doctors, contacts);
  std::vector<double> profile_ms, segment_ms;
  std::size_t tiers = 0;
  for (int round = 0; round < rounds; ++round) {
    profile::profile made;
    profile_ms.push_back(
        benchmarks::time_ms([&] { made = profile::build(what, hcps.view(), &interactions.view(), as_of).value(); }));
    if (!made.rejected.empty() || made.contacts_later == 0)
      return std::fprintf(stderr, "bench_profile: unexpected rows\n"), 1;
    segment_ms.push_back(benchmarks::time_ms([&] {
      const segment::model model = segment::fit(segment::default_policy(), made.rows.view()).value();
      const segment::assignment all = segment::assign(model, made.rows.view()).value();
      std::vector<bool> seen(10);
      for (const std::uint16_t tier : all.tier) seen[tier] = true;
      tiers = static_cast<std::size_t>(std::count(seen.begin(), seen.end(), true));
    }));
  }
  std::printf("{\"doctors\": %zu, \"contacts\": %zu, \"profile_ms\": %.1f, \"segment_ms\": %.1f, \"tiers\": %zu}\n",
              doctors, contacts, benchmarks::median(profile_ms), benchmarks::median(segment_ms), tiers);
}
