// SPDX-License-Identifier: Apache-2.0
#include "source/fixture_script.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <optional>
#include <span>
#include <utility>

#include <fmt/format.h>

namespace kfence {
namespace {

constexpr std::array<std::pair<std::string_view, double>, 7> kTimeUnits = {
    {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}, {"d", 86400e9}}};
constexpr std::array<std::string_view, 7> kTimeKeys = {"youngest", "oldest", "every", "hold", "from", "until", "age"};
constexpr std::array<std::string_view, 7> kVerbs = {"loss", "drift", "skips", "settings", "report", "fail", "end"};
constexpr std::uint32_t kMaxObjects = 65535;

std::vector<std::string_view> split(std::string_view line) {
    std::vector<std::string_view> out;
    while (true) {
        const auto begin = line.find_first_not_of(" \t\r");
        if (begin == std::string_view::npos || line[begin] == '#') {
            return out;
        }
        line.remove_prefix(begin);
        const auto end = std::min(line.find_first_of(" \t\r"), line.size());
        out.push_back(line.substr(0, end));
        line.remove_prefix(end);
    }
}

std::string unescape(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned byte = 0;
        if (text.substr(i).starts_with("\\s")) {
            out += ' ';
            ++i;
        } else if (text.substr(i).starts_with("\\x") && i + 3 < text.size() &&
                   std::from_chars(text.data() + i + 2, text.data() + i + 4, byte, 16).ec == std::errc()) {
            out += static_cast<char>(byte);
            i += 3;
        } else {
            out += text[i];
        }
    }
    return out;
}

template <typename T> std::optional<T> parse_number(std::string_view text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

std::optional<std::uint64_t> parse_time(std::string_view text) {
    const auto unit_at = text.find_first_not_of("0123456789.");
    if (unit_at == std::string_view::npos) {
        return std::nullopt;
    }
    const auto* const unit = std::ranges::find(kTimeUnits, text.substr(unit_at), [](const auto& u) { return u.first; });
    const auto value = parse_number<double>(text.substr(0, unit_at));
    if (unit == kTimeUnits.end() || !value) {
        return std::nullopt;
    }
    return static_cast<std::uint64_t>(*value * unit->second);
}

std::string value_of(const FixtureWords& words, std::string_view key) {
    const auto found = words.find(key);
    return found == words.end() ? std::string() : found->second;
}

/// Reads one line after the other into a script.
class Parser {
public:
    explicit Parser(FixtureScript& script) : script_(script) {}

    /// False when the line makes no sense.
    bool line(const std::vector<std::string_view>& words) {
        const std::string_view verb = words.front();
        if (verb.find('=') != std::string_view::npos) {
            return about(words);
        }
        if (words.size() < 2) {
            return false;
        }
        const std::span rest(words.begin() + 1, words.end());
        if (verb == "start" || verb == "step") {
            return time(verb == "start" ? script_.start : script_.step_ns, words[1]);
        }
        if (verb == "objects") {
            return number(script_.objects, words[1]) && script_.objects <= kMaxObjects;
        }
        if (verb == "settings" || verb == "base") {
            return pairs(rest, verb == "base" ? script_.base : script_.settings);
        }
        if (verb == "stack") {
            auto& frames = script_.stacks[std::string(words[1])];
            std::ranges::transform(rest.subspan(1), std::back_inserter(frames), unescape);
            return !frames.empty();
        }
        if (verb == "live") {
            return live(rest);
        }
        return verb == "stream" ? stream(rest) : verb == "at" && action(rest);
    }

private:
    static bool time(std::uint64_t& into, std::string_view text) {
        const auto value = parse_time(text);
        into = value.value_or(0);
        return value.has_value();
    }
    static bool number(std::uint32_t& into, std::string_view text) {
        const auto value = parse_number<std::uint32_t>(text);
        into = value.value_or(0);
        return value.has_value();
    }
    static bool pairs(std::span<const std::string_view> from, FixtureWords& into) {
        for (const std::string_view word : from) {
            const auto equals = word.find('=');
            if (equals == std::string_view::npos) {
                return false;
            }
            const std::string_view key = word.substr(0, equals);
            const std::string_view value = word.substr(equals + 1);
            if (std::ranges::find(kTimeKeys, key) != kTimeKeys.end() && !parse_time(value)) {
                return false;
            }
            into.insert_or_assign(std::string(key), unescape(value));
        }
        return true;
    }
    bool about(const std::vector<std::string_view>& words) {
        FixtureWords found;
        if (!pairs(words, found)) {
            return false;
        }
        script_.host = found.contains("host") ? found["host"] : script_.host;
        script_.kernel = found.contains("kernel") ? found["kernel"] : script_.kernel;
        return true;
    }
    bool live(std::span<const std::string_view> rest) {
        FixtureObjects o;
        FixtureWords words;
        if (!number(o.count, rest[0]) || !pairs(rest.subspan(1), words)) {
            return false;
        }
        o.cache = value_of(words, "cache");
        o.size = static_cast<std::uint32_t>(fixture_number(words, "size"));
        o.stack = value_of(words, "stack");
        o.youngest_ns = fixture_time(words, "youngest");
        o.oldest_ns = fixture_time(words, "oldest");
        script_.live.push_back(o);
        return script_.stacks.contains(o.stack) && o.oldest_ns <= script_.start;
    }
    bool stream(std::span<const std::string_view> rest) {
        FixtureStream s;
        FixtureWords words;
        if (!pairs(rest, words)) {
            return false;
        }
        s.every_ns = fixture_time(words, "every");
        s.hold_ns = fixture_time(words, "hold");
        s.cache = value_of(words, "cache");
        s.size = static_cast<std::uint32_t>(fixture_number(words, "size"));
        s.stack = value_of(words, "stack");
        s.from = fixture_time(words, "from");
        s.until = words.contains("until") ? fixture_time(words, "until") : UINT64_MAX;
        script_.streams.push_back(s);
        return s.every_ns > 0 && s.hold_ns > 0 && script_.stacks.contains(s.stack);
    }
    bool action(std::span<const std::string_view> rest) {
        FixtureAction a;
        if (rest.size() < 2 || !time(a.time, rest[0]) || std::ranges::find(kVerbs, rest[1]) == kVerbs.end()) {
            return false;
        }
        a.verb = rest[1];
        const bool good = pairs(rest.subspan(2), a.words);
        script_.actions.push_back(std::move(a));
        return good;
    }

    FixtureScript& script_;
};

} // namespace

std::uint64_t fixture_time(const FixtureWords& words, std::string_view key) {
    return parse_time(value_of(words, key)).value_or(0);
}

std::uint64_t fixture_number(const FixtureWords& words, std::string_view key) {
    return parse_number<std::uint64_t>(value_of(words, key)).value_or(0);
}

std::string fixture_text(const FixtureWords& words, std::string_view key) {
    return value_of(words, key);
}

Result<FixtureScript> parse_fixture(std::string_view text) {
    FixtureScript script;
    Parser parser(script);
    for (int number = 1; !text.empty(); ++number) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto words = split(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (!words.empty() && !parser.line(words)) {
            return fail(ErrorKind::kUsage, fmt::format("line {} of the fixture makes no sense", number));
        }
    }
    std::ranges::stable_sort(script.actions, {}, &FixtureAction::time);
    return script;
}

} // namespace kfence
