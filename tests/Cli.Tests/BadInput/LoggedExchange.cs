namespace Tda.Cli.Tests.BadInput;

/// <summary>Answered exchanges, one a day from the first of November.</summary>
internal static class LoggedExchange
{
    /// <param name="number">0 to 9.</param>
    public static Exchange Of(int number) => new()
    {
        Id = $"0193d2a0-0000-7000-800{number}-000000000000",
        Route = "/v1/chat/completions",
        Method = "POST",
        Path = "/v1/chat/completions",
        StartedAt = new DateTimeOffset(2026, 11, 1 + number, 0, 0, 0, TimeSpan.Zero),
        State = TerminalState.Complete,
        Status = 200,
        Model = "ours-1",
        Prompt = $"Wish me something for day {number}",
        Response = "good day",
    };
}
