#include "daemon/status_page.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

TEST(StatusPage, escapes_what_came_from_a_file) {
  EXPECT_EQ(escape_html(R"(<a href="x">'&')"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;");
  StatusReport report;
  report.last_reload_error = "<script>";
  report.routes = {{"<b>", "public", "ordered", {{"<i>"}}, 1, 1, false, false}};
  UpstreamReport upstream;
  upstream.status.name = "<u>";
  report.upstreams = {upstream};
  const std::string page = status_page(report);
  for (const char* tag : {"<script>", "<b>", "<i>", "<u>"}) {
    EXPECT_EQ(page.find(tag), std::string::npos) << tag;
  }
  EXPECT_NE(page.find("&lt;script&gt;"), std::string::npos);
}

TEST(StatusPage, shows_routes_states_and_changes) {
  StatusReport report;
  report.now = TimePoint(100s);
  report.version = "1.2.3";
  report.routes = {{".", "public", "ordered", {{"vpc"}, {"quad9"}}, 0, 1, true, false}};
  UpstreamReport upstream;
  upstream.status.name = "vpc";
  upstream.status.since = TimePoint(40s);
  upstream.status.view.state = HealthState::down;
  report.upstreams = {upstream};
  report.transitions = {{TimePoint(40s), UpstreamId{0}, "vpc", HealthState::suspect,
                         HealthState::down, Cause::silent}};
  report.store.emplace();
  report.store->path = "/a<b";
  const std::string page = status_page(report);
  for (const char* text :
       {"holdfast 1.2.3", "0 answers, ", "/a&lt;b", "not written", "vpc &gt; quad9",
        "panic: below 1", "<span class=down>down</span>", "1m"}) {
    EXPECT_NE(page.find(text), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace holdfast
