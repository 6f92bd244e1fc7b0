using System.CommandLine;
using Tda.GatewayHost.CommandLine;
using Tda.TestKit;

namespace Tda.Cli.Tests.CommandLine;

/// <summary>Help is how most people meet a verb.</summary>
public class HelpTests
{
    [Fact]
    public void Example_OfEveryCommand_ParsesAsThatCommand()
    {
        var root = TdaCommands.Build();
        foreach (var path in CommandTree.Paths(root))
        {
            var command = path.Aggregate((Command)root, (at, name) => at.Subcommands.Single(child => child.Name == name));
            var example = command.Example();
            Assert.True(example is not null, $"tda {string.Join(' ', path)} has no example");
            var parsed = root.Parse(example.Split(' ')[1..]);
            Assert.True(parsed.Errors.Count == 0, $"the example of {string.Join(' ', path)}, '{example}': {string.Join("; ", parsed.Errors)}");
            Assert.StartsWith($"tda {string.Join(' ', path)}", example, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Description_OfEveryCommandAndOption_IsThere()
    {
        var root = TdaCommands.Build();
        foreach (var path in CommandTree.Paths(root))
        {
            var command = path.Aggregate((Command)root, (at, name) => at.Subcommands.Single(child => child.Name == name));
            Assert.False(string.IsNullOrWhiteSpace(command.Description), $"tda {string.Join(' ', path)} has no description");
            Assert.All(command.Options, option => Assert.False(string.IsNullOrWhiteSpace(option.Description), $"{command.Name} {option.Name} has no description"));
        }
    }

    [Fact]
    public void IsResumable_OfEveryCommandWhoseHelpPromisesIt_AndOfNoneThatBeginsAnew()
    {
        var root = TdaCommands.Build();
        Command At(string[] path) => path.Aggregate((Command)root, (at, name) => at.Subcommands.Single(child => child.Name == name));

        Command[] promised = [.. CommandTree.Paths(root).Select(At).Where(command => command.Description!.Contains("oes on where", StringComparison.Ordinal))];
        Assert.True(promised.Length >= 6);
        Assert.All(promised, command => Assert.True(command.IsResumable(), $"{command.Name} promises to go on, but says when stopped that it begins anew"));
        foreach (var verb in (string[])["attribute", "guide", "curate", "corpus import", "evaluate pbrf"])
        {
            Assert.False(At(verb.Split(' ')).IsResumable(), $"{verb} says when stopped that it goes on");
        }
    }

    [Theory]
    [InlineData("gateway")]
    [InlineData("corpus import")]
    [InlineData("lab train")]
    public async Task Help_OfAVerb_EndsWithItsExample(string verb)
    {
        using var tda = new TdaHomeRunner();
        var help = await tda.RunAsync([.. verb.Split(' '), "--help"]);

        Assert.Equal(0, help.ExitCode);
        Assert.Empty(help.Error);
        Assert.Contains("--home", help.Output, StringComparison.Ordinal);
        Assert.StartsWith($"tda {verb} ", help.Output.Split("Example:")[^1].Trim(), StringComparison.Ordinal);
        Assert.False(Directory.Exists(tda.Home), "asking for help makes no files");
    }

    [Fact]
    public async Task Help_OfTheProgram_NamesEveryVerb()
    {
        using var tda = new TdaHomeRunner();
        var help = await tda.RunAsync("--help");

        Assert.Equal(0, help.ExitCode);
        string[] verbs = ["gateway", "corpus", "exchanges", "distill", "index", "attribute", "guide", "curate", "judge", "measure", "compare", "prove", "evaluate", "lab", "report", "compare-runs", "plan", "doctor", "demo"];
        Assert.All(verbs, verb => Assert.Contains($"\n  {verb}", help.Output, StringComparison.Ordinal));
    }
}
