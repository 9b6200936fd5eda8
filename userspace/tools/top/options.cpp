// SPDX-License-Identifier: Apache-2.0
#include "tools/top/options.h"

#include <charconv>
#include <cmath>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "tools/common/cli.h"

namespace kfence {
namespace {

/// The options as they were typed.
struct Typed {
    std::string source = "live";
    std::string backend = "auto";
    std::string interval = "1";
    std::optional<std::string> speed;
    std::optional<std::string> iterations;
    std::string format = "text";
    std::string table = "pool";
    std::string sort = "live";
    std::string filter;
    std::string ring_pages = "0";
    bool batch = false;
    bool once = false;
    bool reverse = false;
    bool fail_on_loss = false;
    bool no_color = false;
    bool verbose = false;
};

void declare(CLI::App& app, Typed& typed) {
    app.name("kfence-top");
    app.description("Shows what KFENCE, the kernel's sampling detector of memory errors, holds and does.");
    app.set_version_flag("--version", "kfence-top " KFENCE_TOOLS_VERSION, "Print the version and exit");
    app.set_help_flag("-h,--help", "Print this help and exit");
    app.add_flag("-b,--batch", typed.batch, "Write to stdout instead of a screen; the default without a terminal");
    app.add_option("-n,--iterations", typed.iterations, "End after this many refreshes (default: never)");
    app.add_option("-d,--interval", typed.interval, "Seconds between two refreshes, 0.1 or more (default: 1)");
    app.add_flag("--once", typed.once, "The same as --batch --iterations 1");
    app.add_option("--format", typed.format, "text, json (one object a line) or csv; json and csv imply --batch");
    app.add_option("--table", typed.table, "Rows of --format csv: pool (one per refresh) or caches");
    app.add_option("--source", typed.source, "live (default) or replay:FILE, a recording of kfence-trace");
    app.add_option("--speed", typed.speed, "Of a replay: 1 as it was, 10 ten times as fast (in a batch: no wait)");
    app.add_option("--backend", typed.backend, "auto, tracepoint, fentry, kprobe or poll (default: auto)");
    app.add_option("--sort", typed.sort, "Order of the caches: " + sort_key_names() + " (default: live)");
    app.add_flag("--reverse", typed.reverse, "Turn that order round");
    app.add_option("--filter", typed.filter, "Only caches whose name matches this regular expression");
    app.add_flag("--fail-on-loss", typed.fail_on_loss, "Exit with 4 when events were lost");
    app.add_flag("--no-color", typed.no_color, "Use no colours; NO_COLOR in the environment does the same");
    app.add_option("--ring-pages", typed.ring_pages, "Size of the kernel's event buffer in pages, a power of two");
    app.add_flag("-v,--verbose", typed.verbose, "Say which backend is used and what it cannot see");
    for (CLI::Option* option : app.get_options([](const CLI::Option* o) { return o->get_items_expected() == 0; })) {
        option->disable_flag_override(); // no --batch=false
    }
    app.footer("Exit status: 0 done, 1 failed while running, 2 wrong usage, 3 this kernel or user lacks something,\n"
               "4 events were lost under --fail-on-loss. The keys of the screen: press ? in it.");
}

/// Numbers are parsed without the locale.
template <typename T> std::optional<T> parse_number(const std::string& text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

std::unexpected<Error> wrong(std::string_view option, const std::string& value, std::string_view expected) {
    return fail(ErrorKind::kUsage, fmt::format("{} {}: must be {}", option, sanitize(value), expected));
}

/// False for NaN as well.
bool is_interval(std::optional<double> seconds) {
    return seconds && *seconds >= kMinInterval && *seconds <= kMaxInterval;
}

Result<void> take_numbers(const Typed& typed, TopOptions& options, std::size_t& ring_pages) {
    const auto interval = parse_number<double>(typed.interval);
    if (!is_interval(interval)) {
        return wrong("--interval", typed.interval,
                     fmt::format("a number of seconds from {} to {}", kMinInterval, kMaxInterval));
    }
    options.interval_s = *interval;
    if (typed.iterations) {
        options.iterations = parse_number<std::uint64_t>(*typed.iterations);
        if (options.iterations.value_or(0) == 0) {
            return wrong("--iterations", *typed.iterations, "a whole number, 1 or more");
        }
    }
    if (typed.speed) {
        options.speed = parse_number<double>(*typed.speed);
        const bool fits = options.speed && *options.speed >= kMinSpeed && *options.speed <= kMaxSpeed; // not nan
        if (!fits) {
            return wrong("--speed", *typed.speed, fmt::format("a number from {} to {}", kMinSpeed, kMaxSpeed));
        }
    }
    const auto pages = parse_number<std::size_t>(typed.ring_pages);
    if (!pages) {
        return wrong("--ring-pages", typed.ring_pages, "a power of two");
    }
    ring_pages = *pages;
    return {};
}

Result<void> take_words(const Typed& typed, TopOptions& options) {
    if (typed.format == "json" || typed.format == "csv") {
        options.format = typed.format == "json" ? Format::kJson : Format::kCsv;
    } else if (typed.format != "text") {
        return wrong("--format", typed.format, "text, json or csv");
    }
    if (typed.table == "caches") {
        options.table = CsvTable::kCaches;
    } else if (typed.table != "pool") {
        return wrong("--table", typed.table, "pool or caches");
    }
    const auto sort = parse_sort_key(typed.sort);
    if (!sort) {
        return wrong("--sort", typed.sort, sort_key_names());
    }
    auto filter = Filter::parse(typed.filter);
    if (!filter) {
        const std::string shown = typed.filter.size() > kMaxFilter ? "" : " " + sanitize(typed.filter);
        return with_context(filter.error(), "--filter" + shown);
    }
    options.order = {.sort = *sort, .reverse = typed.reverse, .filter = std::move(*filter)};
    return {};
}

std::unexpected<Error> no_effect(std::string_view option, std::string_view needs) {
    return fail(ErrorKind::kUsage, fmt::format("{} has no effect without {}", option, needs));
}

/// Options that would be swallowed, or that say two things.
Result<void> check_together(const CLI::App& app, const Typed& typed, const TopOptions& options) {
    const auto given = [&](const char* option) { return app.count(option) != 0; };
    if (given("--table") && options.format != Format::kCsv) {
        return no_effect("--table", "--format csv");
    }
    if (typed.once && options.iterations.value_or(1) != 1) {
        return fail(ErrorKind::kUsage, fmt::format("--once and --iterations {} exclude each other", *typed.iterations));
    }
    if (given("--speed") && options.source.kind != SourceKind::kReplay) {
        return no_effect("--speed", "--source replay:FILE");
    }
    for (const char* option : {"--backend", "--ring-pages"}) {
        if (given(option) && options.source.kind != SourceKind::kLive) {
            return no_effect(option, "--source live");
        }
    }
    return {};
}

} // namespace

Result<std::variant<TopOptions, int>> parse_options(int argc, const char* const* argv) {
    CLI::App app;
    Typed typed;
    declare(app, typed);
    const auto done = parse_command_line(app, argc, argv);
    if (!done) {
        return std::unexpected(done.error());
    }
    if (*done) {
        return **done;
    }
    TopOptions options;
    std::size_t ring_pages = 0;
    auto taken = take_numbers(typed, options, ring_pages);
    if (taken) {
        taken = take_words(typed, options);
    }
    if (!taken) {
        return std::unexpected(taken.error());
    }
    auto source = parse_source(typed.source, typed.backend, ring_pages);
    if (!source) {
        return std::unexpected(source.error());
    }
    options.source = std::move(*source);
    if (const auto fits = check_together(app, typed, options); !fits) {
        return std::unexpected(fits.error());
    }
    options.batch = typed.batch || typed.once || options.format != Format::kText;
    if (typed.once) {
        options.iterations = 1;
    }
    options.fail_on_loss = typed.fail_on_loss;
    options.no_color = typed.no_color;
    options.verbose = typed.verbose;
    return options;
}

} // namespace kfence
