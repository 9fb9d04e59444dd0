// Reading the project's own files in tests of policies.
#pragma once

#include <fstream>
#include <iterator>
#include <string>

#include <doctest/doctest.h>

#ifndef TIERWISE_TEST_ROOT
#define TIERWISE_TEST_ROOT "."
#endif

namespace policy_test {

inline std::string path_of(const std::string& file) { return std::string(TIERWISE_TEST_ROOT) + "/" + file; }

inline std::string text_of(const std::string& file) {
  std::ifstream in(path_of(file), std::ios::binary);
  REQUIRE_MESSAGE(in.good(), file);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline const std::string examples[] = {"examples/policies/default.json",
                                       "examples/policies/open-payments-iowa.json",
                                       "examples/policies/physician-detailing.json",
                                       "examples/policies/nine-grid-cn.json",
                                       "examples/policies/potential-adoption.json",
                                       "examples/policies/sab.json",
                                       "examples/policies/abczn.json",
                                       "examples/policies/pareto.json",
                                       "examples/policies/resources.json",
                                       "examples/policies/worked-example.json"};

}  // namespace policy_test
