namespace Tda.Gateway.Security;

/// <summary>Takes feedback on exchanges.</summary>
public interface IFeedbackLog
{
    /// <summary>Keeps one.</summary>
    Task AddAsync(ExchangeFeedback feedback, CancellationToken cancellationToken);
}
