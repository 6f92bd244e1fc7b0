using Tda.Cli.Tests.BadInput;
using Tda.TestKit;

namespace Tda.Cli.Tests.CommandLine;

/// <summary>The scripts that `tda completion` prints, in a real bash and a real zsh: what the shell offers after what was typed.</summary>
public sealed class CompletionTests(SmallHome small) : IClassFixture<SmallHome>, IDisposable
{
    private readonly TdaHomeRunner _tda = small.Copy();

    public void Dispose() => _tda.Dispose();

    [Theory]
    [InlineData("tda att", "attribute")]
    [InlineData("tda corpus ", "import list show")]
    [InlineData("tda curate --at", "--at-random")]
    [InlineData("tda attribute --index ", "ek lg")]
    [InlineData("tda index --surrogate sm", "small")]
    [InlineData("tda report ", "r")]
    [InlineData("tda corpus show ", "web")]
    [InlineData("tda index --method ", "ekfac logra")]
    [InlineData("tda show corp", "corpora/web")]
    [InlineData("tda ls me", "measures")]
    [InlineData("tda completion ", "bash zsh")]
    public async Task Complete_WhatWasTyped_OffersWhatFits(string typed, string expected)
    {
        var offered = await OfferedAsync(typed);

        Assert.All(expected.Split(' '), word => Assert.Contains(word, offered));
        Assert.All(offered, word => Assert.StartsWith(typed.EndsWith(' ') ? "" : typed.Split(' ')[^1], word, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Complete_NameOfAnIndex_OffersIndexesAlone() =>
        Assert.Equal(["ek", "lg"], (await OfferedAsync("tda attribute --index ")).Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("tda att", "attribute")]
    [InlineData("tda index --surrogate sm", "index --surrogate small")]
    [InlineData("tda show corp", "show corpora/web")]
    public async Task CompleteInZsh_OneThingFits_TakenIntoTheLine(string typed, string ran)
    {
        // A terminal of its own, in which the tabulator and then Enter are pressed.
        var script = $$"""
            zmodload zsh/zpty && zpty shell zsh -f -i || exit 1
            zpty -w shell 'autoload -U compinit; compinit -u -D
            tda() { if [[ $1 == (completion|\[suggest*) ]]; then "$TDA_HOST" "$TDA_PROGRAM" "$@"; else print -r -- "ran: $*."; fi }
            source <(tda completion zsh); print READY-$((1+1))'
            zpty -r shell seen '*READY-2*' || exit 1
            zpty -w shell $'{{typed}}\t'
            zpty -r shell seen '*ran: *.*' && print -r -- $seen
            """;
        var result = await RunAsync("zsh", ["-f", "-c", script]);
        Assert.Contains($"ran: {ran}.", result.Output, StringComparison.Ordinal);
    }

    private async Task<string[]> OfferedAsync(string typed)
    {
        var script = $$"""
            tda() { "$TDA_HOST" "$TDA_PROGRAM" "$@"; }
            source <(tda completion bash) || exit 1
            complete -p tda >/dev/null || exit 1
            COMP_LINE='{{typed}}'; COMP_POINT=${#COMP_LINE}
            _tda tda
            printf '%s\n' "${COMPREPLY[@]}"
            """;
        return (await RunAsync("bash", ["-c", script])).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private async Task<ProcessResult> RunAsync(string shell, string[] arguments)
    {
        var environment = new Dictionary<string, string?>
        {
            ["TDA_HOME"] = _tda.Home,
            ["TDA_HOST"] = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            ["TDA_PROGRAM"] = Path.Combine(AppContext.BaseDirectory, "tda.dll"),
        };
        await using var child = ChildProcess.Start(shell, arguments, environment, _tda.Folder.Path);
        var result = await child.ExitAsync(TimeSpan.FromMinutes(1));
        Assert.True(result.ExitCode == 0, $"{result}");
        return result;
    }
}
