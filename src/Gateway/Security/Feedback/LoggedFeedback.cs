using Microsoft.Extensions.Logging;

namespace Tda.Gateway.Security;

/// <summary>Feedback as log lines, where no store keeps it.</summary>
internal sealed partial class LoggedFeedback(ILogger<LoggedFeedback> logger) : IFeedbackLog
{
    public Task AddAsync(ExchangeFeedback feedback, CancellationToken cancellationToken)
    {
        Given(logger, feedback.Actor, feedback.ExchangeId, feedback.Rating, feedback.Label, feedback.Comment);
        return Task.CompletedTask;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "feedback: {Actor} on {Exchange}: rating {Rating}, label {Label}, comment {Comment}")]
    private static partial void Given(ILogger logger, string actor, string exchange, double? rating, string? label, string? comment);
}
