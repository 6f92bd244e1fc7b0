namespace Tda.Review.Accounts;

/// <summary>Who a request to the desk comes from; a feature of the request, set by the gate before any page or API.</summary>
/// <param name="Name">The name that stands on decisions and in the audit.</param>
/// <param name="Role">What they may do.</param>
/// <param name="FormToken">What a form of theirs must bring back (CSRF); empty for a program that came with a credential of its own.</param>
public sealed record DeskUser(string Name, ReviewRole Role, string FormToken)
{
    /// <summary>The name of whoever came in by the <see cref="IAdminDoor"/>; no account may have it.</summary>
    public const string AdminName = "admin";

    /// <summary>Whether they may do what a role may.</summary>
    public bool May(ReviewRole role) => Role >= role;

    /// <summary>The request's; the gate lets nothing through without one.</summary>
    /// <exception cref="InvalidOperationException">The gate isn't in front.</exception>
    public static DeskUser Of(HttpContext context) =>
        context.Features.Get<DeskUser>() ?? throw new InvalidOperationException("the desk is mapped without its gate");
}
