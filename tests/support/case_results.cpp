// Writes beside Catch's report for people how each test case went, one line when it begins and one
// when it ends ("begun NAME", "passed NAME", "failed NAME"), to the file STOREWARD_CASE_RESULTS.
// The loss table believes these lines alone: a test that never ran has none, and the one within
// which the program ended has no end. Catch 2 takes one reporter at a time, a listener goes with
// it.
#define CATCH_CONFIG_EXTERNAL_INTERFACES
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>

namespace {

struct CaseResults : Catch::TestEventListenerBase {
  explicit CaseResults(const Catch::ReporterConfig& config) : TestEventListenerBase(config) {
    if (const char* name = std::getenv("STOREWARD_CASE_RESULTS")) file_.open(name);
  }

  void testCaseStarting(const Catch::TestCaseInfo& test) override {
    file_ << "begun " << test.name << std::endl;  // flushed: the program may end within the test
  }

  void testCaseEnded(const Catch::TestCaseStats& ended) override {
    const bool failed = ended.totals.testCases.failed > 0;
    file_ << (failed ? "failed " : "passed ") << ended.testInfo.name << std::endl;
  }

 private:
  std::ofstream file_;
};

CATCH_REGISTER_LISTENER(CaseResults)

}  // namespace
