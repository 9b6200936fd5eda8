// SPDX-License-Identifier: Apache-2.0
#include "tools/doctor/render.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace kfence {
namespace {

constexpr std::size_t kLabelWidth = 16;
constexpr std::size_t kDetailWidth = 26;

std::string_view colour_of(CheckState state) {
    switch (state) {
    case CheckState::kOk:
        return "\x1b[32m";
    case CheckState::kMissing:
        return "\x1b[31m";
    case CheckState::kOff:
    case CheckState::kUnknown:
        return "\x1b[33m";
    }
    return "";
}

std::string line_of(const Check& check, bool colour) {
    std::string line = fmt::format("{:<{}}", check.label, kLabelWidth);
    line += colour ? fmt::format("{}{}\x1b[0m", colour_of(check.state), check.detail) : check.detail;
    if (!check.remedy.empty()) {
        const std::size_t used = std::min(check.detail.size(), kDetailWidth);
        line += std::string(kDetailWidth - used, ' ') + "   " + check.remedy;
    }
    return line + "\n";
}

} // namespace

std::string render_text(const Diagnosis& diagnosis, bool colour) {
    std::string text;
    for (const Check& check : diagnosis.checks) {
        text += line_of(check, colour);
    }
    return text + diagnosis.verdict + "\n";
}

std::string render_json(const Diagnosis& diagnosis) {
    using Json = nlohmann::ordered_json;
    Json checks = Json::array();
    for (const Check& check : diagnosis.checks) {
        checks.push_back(Json{{"name", check.name},
                              {"state", to_string(check.state)},
                              {"detail", check.detail},
                              {"remedy", check.remedy}});
    }
    Json object;
    object["backend"] = diagnosis.backend ? Json(*diagnosis.backend) : Json(nullptr);
    object["verdict"] = diagnosis.verdict;
    object["exit"] = diagnosis.exit_code;
    object["checks"] = std::move(checks);
    return object.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace kfence
