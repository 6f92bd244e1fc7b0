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
        foreach (var verb in (string[])["report", "corpus import", "evaluate pbrf"])
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
        string[] verbs = ["gateway", "corpus", "exchanges", "distill", "index", "attribute", "guide", "curate", "label", "measure", "compare", "prove", "evaluate", "lab", "report", "compare-runs", "plan", "doctor", "demo"];
        Assert.All(verbs, verb => Assert.Contains($"\n  {verb}", help.Output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_NoArgument_IsTheOverviewWithAFirstStep()
    {
        using var tda = new TdaHomeRunner();
        var alone = await tda.RunAsync();

        Assert.Equal((0, ""), (alone.ExitCode, alone.Error));
        Assert.Equal((await tda.RunAsync("--help")).Output, alone.Output);
        Assert.All((string[])["Start:", "Record:", "Attribute:", "Curate:", "Prove:", "Look after:"], group => Assert.Contains($"\n{group}\n", alone.Output, StringComparison.Ordinal));
        Assert.Contains("First step: tda corpus import", alone.Output, StringComparison.Ordinal);
    }

    /// <summary>A verb that is in no group would stand under "More" with its whole description: it belongs into a group of TdaCommands.</summary>
    [Fact]
    public void Overview_EveryVerb_HasAGroupAndALine()
    {
        var root = TdaCommands.Build();
        string[] shown = [.. root.VerbGroups().Where(group => group.Title != "More").SelectMany(group => group.Verbs.Select(verb => verb.Name))];

        Assert.Equal(root.Subcommands.Select(verb => verb.Name).Order(StringComparer.Ordinal), shown.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Help_OfEveryCommand_FitsEightyColumnsAndNamesEachOptionOnce()
    {
        var root = TdaCommands.Build();
        foreach (var path in CommandTree.Paths(root).Prepend([]))
        {
            var command = path.Aggregate((Command)root, (at, name) => at.Subcommands.Single(child => child.Name == name));
            using var page = new StringWriter();
            HelpPage.Write(command, page);
            var lines = page.ToString().Split('\n');

            Assert.All(lines, line => Assert.InRange(line.Length, 0, 80));
            Assert.All(command.AllOptions().Where(option => option.Name.StartsWith("--", StringComparison.Ordinal)), option =>
                Assert.Single(lines, line => line.StartsWith($"  {option.Name} ", StringComparison.Ordinal) || line == $"  {option.Name}" || line.StartsWith($"  -h, {option.Name}", StringComparison.Ordinal)));
            Assert.True(lines.Count(line => line.Contains("[default: [default", StringComparison.Ordinal)) == 0, $"{command.Name} says a default twice");
        }
    }

    [Fact]
    public async Task Help_OfAttribute_HasItsOptionsInGroups()
    {
        using var tda = new TdaHomeRunner();
        var help = (await tda.RunAsync("attribute", "--help")).Output;

        string[] titles = ["Options:", "What is explained:", "How it is scored:", "Methods' own options:", "Every verb takes:"];
        var places = titles.Select(title => help.IndexOf($"\n{title}\n", StringComparison.Ordinal)).ToList();
        Assert.Equal(places.Order(), places);
        Assert.True(places[0] > 0, help);
    }
}
