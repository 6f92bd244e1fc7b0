using Tda.GatewayHost.Terminal;

namespace Tda.Cli.Verbs.Things;

/// <summary>`tda gc`: removes what stopped, killed or half-done work left in the home.</summary>
internal static class GcVerb
{
    private static readonly Option<bool> Yes = CliOption.Flag("--yes", "Don't ask");

    public static Command Build() => CommandExtensions.Verb("gc",
        "Lists what stopped or killed work left over, and removes it when told to. Work that runs, the log and the spool are never touched.",
        "tda gc --yes", Yes).Runs(RunAsync);

    private static async Task<int> RunAsync(VerbContext context)
    {
        var found = LeftOver.Find(context.Home, TimeProvider.System);
        var bytes = found.Sum(left => left.Bytes);
        var yes = context.Get(Yes);
        var now = TimeProvider.System.GetUtcNow();
        if (!yes && context.CanAsk && found.Count > 0)
        {
            Print(AnsiConsole.Console);
            yes = await context.ConfirmAsync($"Remove these {found.Count:N0} ({PlainText.Size(bytes)})?", yes);
            return Finish(_ => { });
        }

        return Finish(Print);

        int Finish(Action<IAnsiConsole> list)
        {
            foreach (var left in yes ? found : [])
            {
                context.Cancel.ThrowIfCancellationRequested();
                left.Remove();
            }

            var shown = new
            {
                Found = found.Select(left => new { left.Path, left.What, left.Bytes, left.ChangedAt }),
                Bytes = bytes,
                Removed = yes,
            };
            return context.Done(shown, console =>
            {
                list(console);
                console.WriteLine(
                    found.Count == 0 ? "nothing is left over"
                    : yes ? $"removed {found.Count:N0} ({PlainText.Size(bytes)})"
                    : $"{found.Count:N0} left over ({PlainText.Size(bytes)}); tda gc --yes removes them");
            });
        }

        void Print(IAnsiConsole console)
        {
            if (found.Count > 0)
            {
                console.WriteTable(["left over", "size", "age", "what"], found.Select(left => (string[])
                    [Path.GetRelativePath(context.Home.Root, left.Path), PlainText.Size(left.Bytes), PlainText.Age(now - left.ChangedAt), left.What]));
            }
        }
    }
}
