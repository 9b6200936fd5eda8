// SPDX-License-Identifier: Apache-2.0
#include "tools/doctor/render.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace kfence {
namespace {

Diagnosis example() {
    Diagnosis diagnosis;
    diagnosis.checks = {
        {.name = "kernel", .label = "kernel", .state = CheckState::kOk, .detail = "6.12", .remedy = ""},
        {.name = "sampling", .label = "sampling", .state = CheckState::kOff, .detail = "off", .remedy = "echo 100 > x"},
        {.name = "skip_kfence",
         .label = "skip per cache",
         .state = CheckState::kMissing,
         .detail = "something that is longer than the column",
         .remedy = "help"}};
    diagnosis.backend = "fentry";
    diagnosis.verdict = "It runs.";
    diagnosis.exit_code = kExitBest;
    return diagnosis;
}

TEST(RenderText, OneLinePerCheckAndTheVerdict) {
    EXPECT_EQ(render_text(example(), false), "kernel          6.12\n"
                                             "sampling        off                          echo 100 > x\n"
                                             "skip per cache  something that is longer than the column   help\n"
                                             "It runs.\n");
}

TEST(RenderText, ColourIsOnTheStateAlone) {
    const std::string text = render_text(example(), true);
    EXPECT_THAT(text, ::testing::HasSubstr("kernel          \x1b[32m6.12\x1b[0m\n"));
    EXPECT_THAT(text, ::testing::HasSubstr("\x1b[33moff\x1b[0m                          echo 100 > x\n"));
    EXPECT_THAT(text, ::testing::HasSubstr("\x1b[31msomething"));
}

TEST(RenderJson, HasStableNames) {
    const auto json = nlohmann::json::parse(render_json(example()));
    EXPECT_EQ(json["backend"], "fentry");
    EXPECT_EQ(json["verdict"], "It runs.");
    EXPECT_EQ(json["exit"], 0);
    ASSERT_EQ(json["checks"].size(), 3U);
    EXPECT_EQ(json["checks"][1],
              (nlohmann::json{{"name", "sampling"}, {"state", "off"}, {"detail", "off"}, {"remedy", "echo 100 > x"}}));
    EXPECT_EQ(json["checks"][2]["state"], "missing");
}

TEST(RenderJson, NoBackendIsNullAndBytesAreMadeUtf8) {
    Diagnosis diagnosis = example();
    diagnosis.backend.reset();
    diagnosis.verdict = "bad \xff";
    const auto json = nlohmann::json::parse(render_json(diagnosis));
    EXPECT_TRUE(json["backend"].is_null());
    EXPECT_EQ(json["verdict"], "bad \xef\xbf\xbd");
}

} // namespace
} // namespace kfence
