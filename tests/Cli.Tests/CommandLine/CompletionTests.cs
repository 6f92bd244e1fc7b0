using Tda.Cli.Tests.BadInput;
using Tda.TestKit;

namespace Tda.Cli.Tests.CommandLine;

/// <summary>The script that `tda completion bash` prints, in a real bash: what the shell would offer after what was typed.</summary>
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

    private async Task<string[]> OfferedAsync(string typed)
    {
        var host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var script = $$"""
            tda() { '{{host}}' '{{Path.Combine(AppContext.BaseDirectory, "tda.dll")}}' "$@"; }
            source <(tda completion bash) || exit 1
            complete -p tda >/dev/null || exit 1
            COMP_LINE='{{typed}}'; COMP_POINT=${#COMP_LINE}
            _tda tda
            printf '%s\n' "${COMPREPLY[@]}"
            """;
        await using var bash = ChildProcess.Start("bash", ["-c", script], new Dictionary<string, string?> { ["TDA_HOME"] = _tda.Home }, _tda.Folder.Path);
        var result = await bash.ExitAsync(TimeSpan.FromMinutes(1));
        Assert.True(result.ExitCode == 0, $"{result}");
        return result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
