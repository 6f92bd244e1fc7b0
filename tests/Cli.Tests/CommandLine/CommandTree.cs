using System.CommandLine;

namespace Tda.Cli.Tests.CommandLine;

/// <summary>Every command of the tree, as the words that name it.</summary>
internal static class CommandTree
{
    public static IEnumerable<string[]> Paths(Command command, params string[] path)
    {
        foreach (var child in command.Subcommands)
        {
            string[] here = [.. path, child.Name];
            yield return here;
            foreach (var deeper in Paths(child, here))
            {
                yield return deeper;
            }
        }
    }
}
