using Tda.Review;
using Tda.Store;

namespace Tda.GatewayHost.Verbs;

/// <summary>`tda review`: the reviewer's desk on a port of its own, beside a gateway or without one.</summary>
internal static class ReviewVerb
{
    private static readonly Option<string> Listen = new("--listen")
    {
        Description = "Where to listen; port 0 lets the system choose",
        HelpName = "URL",
        DefaultValueFactory = _ => ReviewServerOptions.DefaultListen,
    };
    private static readonly Option<int> Reviewers = new("--reviewers-needed")
    { Description = "Reviewers that each item needs", HelpName = "N", DefaultValueFactory = _ => new DeskOptions().ReviewersNeeded };

    public static Command Build() => CommandExtensions.Verb("review",
        "Serves the reviewer's desk: queues, exchanges, the documents behind them, decisions that `tda curate` obeys. Ctrl+C stops it.",
        "tda review --listen http://127.0.0.1:8788", Listen, Reviewers).Runs(RunAsync);

    private static async Task<int> RunAsync(VerbContext context)
    {
        var store = context.Parsed.GetValue(CommonOptions.Store);
        if (!ExchangeStore.IsThere(context.Home, store))
        {
            throw new BadInputException(
                context.Home.DatabasePath, "there is no log of exchanges", remedy: "Give the home that the gateway writes to (--home), or its database (--store).");
        }

        var desk = new DeskOptions { ReviewersNeeded = context.Get(Reviewers) };
        if (desk.Errors().ToArray() is [var (option, message), ..])
        {
            throw new UsageException($"--{option.Replace('_', '-')} {message}");
        }

        using var logs = new ErrorStreamLogs(context.Get(CommonOptions.Verbose));
        var options = new ReviewServerOptions
        {
            Home = context.Home,
            Store = store,
            Listen = context.Get(Listen),
            AttributeCommand = context.SelfCommand("attribute"),
            Desk = desk,
        };
        await using var server = await ReviewServer.StartAsync(options, logs, cancellationToken: context.Cancel);
        Console.Error.WriteLine($"listening on {server.Url}; the log is {server.Location}");
        if (server.Link is { } link)
        {
            Console.Error.WriteLine($"pages (this link is good once): {link}");
            server.LinkUsed = () => Console.Error.WriteLine($"the link was used; the next one: {server.Link}");
        }
        else
        {
            Console.Error.WriteLine("passwords cross the network as they are typed: put a program that ends TLS in front");
        }

        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var cancelled = context.Cancel.Register(() => stopped.TrySetResult());
        await stopped.Task;
        await server.DisposeAsync();
        return context.Done(new { stopped = true }, console => console.WriteLine("stopped"));
    }
}
